// The reference pages, made of what the code itself says: the program's help, its tables, the plan's schema, and the
// documented types of the package.

import { cell, table, words } from "./typedoc.mjs";

/** The pages below `reference/`, which exist after a build only. */
export const NAMES = ["plan", "log", "http", "settings", "decide", "cli"];

const code = (text) => `\`${text}\``;
const yes = (flag) => (flag ? "yes" : "");

/** Log columns, from `slotwise reference`. */
export function logPage({ fields, events }) {
  const rows = fields.map(({ name, columns, meaning, required }) => [
    code(name),
    columns.map(code).join(", "),
    required ? "yes" : "",
    meaning,
  ]);
  return [
    "# Log columns",
    "",
    "`slotwise train` reads CSV with a header, or GA4 events as one JSON object a line. Both may be gzipped.",
    "",
    "A column is recognised by any of its usual names, in capital or small letters. For another name use `--map field=column`, for example `--map item=artikelnr,time=zeit`.",
    "",
    "## Fields",
    "",
    ...table(["field", "usual columns", "required", "what it holds"], rows),
    "",
    "A catalogue (`--catalogue`) needs `item` only. It may have `title`, `category`, `brand`, `price`, `discount`, `image`, `url` and `stock`.",
    "",
    "## Events",
    "",
    "In JSON lines the fields are GA4's own: `name`, `params.items[].item_id`, and so on; or those of its export: `event_name`, `items[].item_id`. These event names are used; rows with other names are counted and skipped.",
    "",
    ...table(
      ["event", "moves recommendations", "counts as a step of the visit"],
      events.map((event) => [code(event.name), yes(event.names_items), yes(event.is_step)]),
    ),
    "",
    "A broken row stops the training and is named with file, line and field. One exception: a last row that was cut in the middle is dropped and reported.",
  ].join("\n");
}

/** HTTP routes, from `slotwise reference`. */
export function httpPage({ routes }) {
  const lines = [
    "# HTTP routes",
    "",
    'The edge and the origin answer these addresses. Every refusal is JSON: `{"error":"what was found; what was expected; what to do"}`.',
    "",
  ];
  for (const route of routes) {
    const hosts = [route.edge ? "edge" : "", route.origin ? "origin" : ""].filter(Boolean).join(" and ");
    const facts = [["Answered by", hosts]];
    if (route.request) facts.push(["Request", route.request]);
    facts.push(["Answer", route.answer], ["Refusals", route.refusals], ["Caching", route.caching]);
    lines.push(`## ${route.method} \`${route.path}\``, "", route.purpose, "");
    lines.push(...facts.map(([name, text]) => `- **${name}**: ${cell(text)}`), "");
  }
  lines.push("At the edge every other address is the shop's, proxied. At the origin it is a 404.");
  return lines.join("\n");
}

/** The subcommands of a help text: `[name, purpose]`. */
export function subcommands(help) {
  const part = /Commands:\n([\s\S]*?)\n\n/.exec(help)?.[1] ?? "";
  return [...part.matchAll(/^ {2}(\S+) {2,}(.*)$/gm)].map(([, name, purpose]) => [name, purpose]).filter(([name]) => name !== "help");
}

/** The command line; `help(words)` runs the program. */
export function cliPage(help) {
  const lines = ["# Command line", "", "This page is what `slotwise help` prints.", ""];
  const add = (words, depth) => {
    const text = help([...words, "--help"]);
    lines.push(`${"#".repeat(depth)} ${["slotwise", ...words].join(" ")}`, "", "```text", text.trimEnd(), "```", "");
    for (const [name] of subcommands(text)) add([...words, name], depth + (words.length ? 1 : 0));
  };
  add([], 2);
  return lines.join("\n");
}

/** The Worker's settings, from the documented type `Env` and the defaults of `wrangler.toml`. */
export function settingsPage(types, wrangler) {
  const usual = (name) => new RegExp(`^${name} = "(.*?)"`, "m").exec(wrangler)?.[1];
  const rows = types.members("Env").map((member) => {
    const value = usual(member.name);
    return [code(member.name), value === undefined ? "not bound" : value === "" ? "empty" : code(value), words(member.comment)];
  });
  return [
    "# Worker settings",
    "",
    "The Worker reads its variables from `wrangler.toml` or from the dashboard. It reads them once per isolate.",
    "",
    ...table(["variable", "in wrangler.toml", "what it is"], rows),
    "",
    "`npm start` also reads `SLOTWISE_EDGE_PORT` (8787), `SLOTWISE_ORIGIN_PORT` (8788), `SLOTWISE_STORE_PORT` (8789) and `SLOTWISE_CONSENT` (`implied`).",
  ].join("\n");
}

/** The JSON of `/_slotwise/decide`, from the documented types of `js/src/decide.ts`. */
export function decidePage(types) {
  const section = (name) => {
    const rows = types
      .members(name)
      .map((member) => [code(member.name + (member.flags?.isOptional ? "?" : "")), types.typeOf(member.type), words(member.comment)]);
    return [`## ${name}`, "", words(types.find(name).comment), "", ...table(["field", "type", "what it is"], rows), ""];
  };
  return [
    "# JSON of /_slotwise/decide",
    "",
    "`POST /_slotwise/decide` at the edge takes a question and gives an answer. Nothing is stored. [E-mail, apps and servers](../decisions.md) says what it is for; `slotwise/openapi.json` in the package says all of this to programs.",
    "",
    "```sh",
    "curl -s https://shop.example/_slotwise/decide -H 'content-type: application/json' \\",
    '  -d \'{"slot":"home.recommended","explain":true,',
    '  "events":[{"name":"view_item","params":{"items":[{"item_id":"1004856"}]}}]}\'',
    "```",
    "",
    "A caller that follows one visitor sends the `token` of the last answer with the next question.",
    "",
    ...types.closure(["Question", "Answer", "Batch", "Answers", "Refused", "Abandonment", "SinkPost"]).flatMap(section),
  ].join("\n");
}
