// What a run has measured. Every figure has an id that stays the same from version to version, so that two
// runs can be compared by a program. One list, three outputs: a table, JSON, Markdown.

import { bound, BUDGETS, kept } from "./budgets.mjs";

/** A number with as many digits as it is worth. */
export function told(value) {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4)));
}

const withUnit = (value, unit) => (unit === "ratio" ? `${told(value)} times` : unit ? `${told(value)} ${unit}` : told(value));

const HEAD = ["| what | id | measured | budget | beside it |", "|---|---|---|---|---|"];
/** What a reader in a hurry wants to know. */
const KEYS = [
  "eager_brotli_kb",
  "page_engine_brotli_kb",
  "worker_gzip_kb",
  "page_js_p50_us",
  "rewrite_ratio",
  "rewrite_ratio_no_slots",
  "growthbook_ratio",
  "diginetica_recall_at_20",
  "diginetica_mrr_at_20",
  "decision_v8_p50_us",
  "lighthouse_product_mobile",
];

export class Report {
  #figures = [];
  #skipped = [];
  #tables = [];
  #part = "";

  /** Figures that follow belong to this part. */
  begin(part) {
    this.#part = part;
  }

  /**
   * Adds a figure. `what` says it in words, `peer` is `{name, value, unit}`, `note` is anything a reader should
   * know. The budget is the one of the list, unless it depends on the run.
   */
  figure(id, value, unit, { what, peer = null, note = "", budget = BUDGETS[id] }) {
    if (!Number.isFinite(value)) throw new Error(`the figure ${id} is ${value}, expected a number`);
    if (this.#figures.some((figure) => figure.id === id)) throw new Error(`the figure ${id} was measured twice`);
    this.#figures.push({ part: this.#part, id, value, unit, what, peer, note, budget });
    console.log(`  ${id} ${withUnit(value, unit)}${budget ? this.#verdict(value, budget) : ""}`);
  }

  /** Says what was not measured, and why. */
  skip(what, why) {
    this.#skipped.push({ part: this.#part, what, why });
    console.log(`  skipped: ${what}: ${why}`);
  }

  /** Adds a table of what is no number: its columns, its rows of texts. */
  table(what, columns, rows) {
    this.#tables.push({ part: this.#part, what, columns, rows });
  }

  /** The value of a figure of this run. */
  value(id) {
    return this.#figures.find((figure) => figure.id === id)?.value;
  }

  /** For programs: `[{id, value, unit, budget, peer}]`. */
  json() {
    const plain = this.#figures.map(({ id, value, unit, budget, peer }) => ({ id, value, unit, budget: bound(budget), peer }));
    return `${JSON.stringify(plain, null, 2)}\n`;
  }

  /** For people: first the budgets that were not met, then the main figures, then a table a part. */
  markdown(machine) {
    const parts = [...new Set([...this.#figures, ...this.#skipped].map(({ part }) => part))];
    const lines = [
      "# Benchmarks",
      "",
      "`npm run bench -- --markdown BENCHMARKS.md` writes this page. Medians, unless the figure says otherwise.",
      "",
      `${machine}. Parts that were run: ${parts.join(", ")}.`,
      "",
    ];
    lines.push(...this.#misses());
    const short = KEYS.map((id) => this.#figures.find((figure) => figure.id === id)).filter(Boolean);
    if (short.length) lines.push("## In short", "", ...HEAD, ...short.map((figure) => this.#row(figure)), "");
    for (const part of parts) {
      lines.push(`## ${part}`, "", ...HEAD);
      for (const figure of this.#figures.filter((figure) => figure.part === part)) lines.push(this.#row(figure));
      lines.push("");
      for (const { what, columns, rows } of this.#tables.filter((table) => table.part === part)) {
        const line = (cells) => `| ${cells.join(" | ")} |`;
        lines.push(what, "", line(columns), line(columns.map(() => "---")), ...rows.map(line), "");
      }
      for (const { what, why } of this.#skipped.filter((skipped) => skipped.part === part)) lines.push(`Skipped: ${what}: ${why}.`, "");
    }
    return lines.join("\n");
  }

  /** What misses its budget, one sentence each. */
  #misses() {
    const missed = this.#figures.filter(({ value, budget }) => budget && !kept(value, budget));
    if (missed.length === 0) return ["Every budget that was measured is met.", ""];
    const sentence = ({ id, what, value, unit, budget }) =>
      `- **${what}** (\`${id}\`): ${withUnit(value, unit)}. The budget is ${this.#bounds(budget)}.`;
    return ["## Not met", "", ...missed.map(sentence), ""];
  }

  #row({ id, value, unit, what, peer, note, budget }) {
    const beside = [peer ? `${peer.name} ${withUnit(peer.value, peer.unit)}` : "", note].filter(Boolean).join("; ");
    return `| ${what} | \`${id}\` | ${withUnit(value, unit)} | ${budget ? this.#bounds(budget) + this.#mark(value, budget) : ""} | ${beside} |`;
  }

  #bounds({ most, least, aim }) {
    const first = most === undefined ? `at least ${told(least)}` : `at most ${told(most)}`;
    return aim === undefined ? first : `${first}, aim ${told(aim)}`;
  }

  #mark(value, budget) {
    return kept(value, budget) ? "" : ": **not met**";
  }

  #verdict(value, budget) {
    return ` (${this.#bounds(budget)}: ${kept(value, budget) ? "met" : "not met"})`;
  }
}
