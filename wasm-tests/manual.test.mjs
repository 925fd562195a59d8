// README and manual say what is there: links into the code lead somewhere, commands and flags exist, the walks go one way,
// and the generated reference pages can be made. None of this needs the generator of the site.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageJson } from "../js/create/project.mjs";
import { STRATEGIES } from "../js/src/contract.ts";
import { PROJECTS } from "./packages/projects.mjs";
import { lineOf, links, pages, problems, resolved, root } from "../www/manual/tools/links.mjs";
import { cliPage, httpPage, logPage, NAMES, subcommands } from "../www/manual/tools/reference.mjs";
import { planPage } from "../www/manual/tools/schema.mjs";

const read = (path) => readFileSync(join(root, path), "utf8");
const readme = join(root, "README.md");
const made = new Set(NAMES.map((name) => `www/manual/reference/${name}.md`));

const helps = new Map();
/** What the program prints; asked once. */
function said(words) {
  const key = words.join(" ");
  if (!helps.has(key)) {
    const run = spawnSync(join(root, "target/release/slotwise"), words, { encoding: "utf8" });
    assert.equal(run.status, 0, `slotwise ${key}: ${run.stderr}`);
    helps.set(key, run.stdout);
  }
  return helps.get(key);
}

/** The commands of a text's shell fences, a line each. */
function commands(text) {
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].flatMap(([, body]) =>
    body
      .split("\n")
      .map((line) => line.replace(/\s+#.*$/, "").trim())
      .filter(Boolean),
  );
}

/** What is wrong with a command of `slotwise` or npm; undefined if nothing is, or if it is another program's. */
function wrong(command) {
  const words = command.split(/\s+/);
  if (words[0] === "npm") {
    if (["create", "install"].includes(words[1])) return undefined;
    const script = words[1] === "run" ? words[2] : words[1];
    const known = { ...JSON.parse(read("package.json")).scripts, ...JSON.parse(packageJson("shop", { product: "" }, {})).scripts };
    return script in known ? undefined : `neither package.json nor a new project has a script "${script}"`;
  }
  if (words[0] !== "slotwise") return undefined;
  const path = [];
  let help = said(["--help"]);
  while (subcommands(help).some(([name]) => name === words[path.length + 1])) {
    path.push(words[path.length + 1]);
    help = said([...path, "--help"]);
  }
  if (path.length === 0) return `slotwise has no subcommand "${words[1]}"`;
  const flags = words.filter((word) => word.startsWith("--"));
  const unknown = flags.filter((flag) => !new RegExp(`${flag}\\b`).test(help));
  return unknown.length ? `slotwise ${path.join(" ")} has no ${unknown.join(", ")}` : undefined;
}

test("links into the code and between pages lead somewhere", () => {
  const broken = [readme, ...pages()].flatMap((file) => problems(file, made));
  assert.deepEqual(broken, []);
});

test("a broken link would be found", () => {
  const from = join(root, "www/manual/how.md");
  assert.match(resolved("../../src/nowhere.rs#x", from).problem, /does not exist/);
  assert.match(resolved("../../src/consent.rs#observe", from).problem, /does not define "observe"; it is defined in .*session/);
  assert.equal(resolved("https://example.com/", from), undefined);
  assert.equal(lineOf("fn a() {}\nimpl B {\n    fn a() {}\n}\n", "B.a"), 3);
  assert.deepEqual(
    links("[a](b)\n```\n[c](d)\n```\n`[e](f)` [`g`](h)").map((link) => link.target),
    ["b", "h"],
  );
});

test("each walk has at most fifteen steps, and none goes back to a room it has left", () => {
  const file = join(root, "www/manual/how.md");
  const walks = readFileSync(file, "utf8")
    .split(/^## /m)
    .filter((part) => part.startsWith("One "));
  assert.equal(walks.length, 2);
  for (const walk of walks) {
    const steps = [...walk.matchAll(/^\d+\. .*$/gm)].map(([step]) => step);
    assert.ok(steps.length <= 15, `${steps.length} steps, expected at most 15`);
    const rooms = steps.map((step) => {
      const [link] = links(step);
      assert.ok(link, `no link into the code: ${step}`);
      const [top, room] = resolved(link.target, file).path.split("/");
      return top === "src" ? room.replace(/\.rs$/, "") : top;
    });
    const visited = rooms.filter((room, at) => room !== rooms[at - 1]);
    assert.deepEqual(visited, [...new Set(visited)], "the walk goes back to a room it has left");
  }
});

test("README is short, and every command in README and manual exists", () => {
  const text = readFileSync(readme, "utf8");
  const count = text.trimEnd().split("\n").length;
  assert.ok(count <= 120, `README.md has ${count} lines, expected at most 120`);
  assert.match(text, /`?npm test`?/);
  const all = [readme, ...pages()].flatMap((file) => commands(readFileSync(file, "utf8")));
  const inline = [...text.matchAll(/`(npm [^`]+)`/g)].map(([, command]) => command);
  assert.ok(all.length > 15);
  assert.deepEqual([...all, ...inline].map(wrong).filter(Boolean), []);
  assert.match(wrong("slotwise train --nothing x"), /has no --nothing/);
  assert.match(wrong("npm run nothing"), /has a script/);
});

test("the manual's tables name every strategy and every address", () => {
  const plan = read("www/manual/plan.md");
  for (const strategy of STRATEGIES) assert.ok(plan.includes(`\`${strategy}\``), `plan.md does not name ${strategy}`);
  const { routes } = JSON.parse(said(["reference"]));
  const names = (of) => of.map(({ path }) => path.replace("/_slotwise/", "").replace(/\{(\w+)\}/, "<$1>")).sort();
  const refusal = /expected (events[^"]*) behind \/_slotwise\//.exec(read("js/src/edge_own.ts"))?.[1] ?? "";
  assert.deepEqual(names(routes.filter((route) => route.edge)), refusal.split(/, | or /).sort());
  const served = [...read("src/origin/serve.rs").matchAll(/route::(\w+)\.path/g)].map(([, name]) => name);
  assert.equal(served.length, new Set(names(routes.filter((route) => route.origin))).size);
});

test("the reference pages can be made of what the code says", () => {
  const facts = JSON.parse(said(["reference"]));
  assert.match(logPage(facts), /\| `time` \| `event_time`/);
  assert.match(httpPage(facts), /## POST `\/_slotwise\/decide`/);
  assert.match(cliPage(said), /### slotwise evaluate next|## slotwise evaluate/);
  const page = planPage(JSON.parse(read("js/plan.schema.json")));
  assert.match(page, /\| `holdout` \| number, 0 to 0.5 \| `0.05` \|/);
  assert.ok(!page.includes("undefined"), "a cell of the plan's page is empty by mistake");
});

test("the files that CONTRIBUTING names exist", () => {
  const named = [...read("CONTRIBUTING.md").matchAll(/`((?:src|js|wasm-tests|www)\/[\w./-]+)`/g)].map(([, path]) => path);
  assert.ok(named.length > 25, `${named.length} files`);
  assert.deepEqual(
    named.filter((path) => path !== "wasm-tests/NAME.test.mjs" && !existsSync(join(root, path))),
    [],
  );
});

test("the page of bundlers has a row for every mini-project, and no other", () => {
  const [, table] = read("www/manual/bundlers.md").split("|---|---|\n");
  const rows = table.split("\n\n")[0].split("\n");
  const named = rows.map((row) => row.split(" | ")[0].replace("| ", "")).sort();
  assert.deepEqual([...new Set(Object.values(PROJECTS).map(({ row }) => row))].sort(), named);
});
