// `npm run docs`: the manual with the API references of both languages beside it, in target/manual.
//
// The generator (VitePress) and TypeDoc are installed under target/ when this runs, so that nobody who only starts or tests
// the program waits for them. Pages are copied there, links into the code become links to pages of the source, and the
// reference pages are made of what the code says.
//
//   npm run docs                     builds
//   npm run docs -- --serve          builds, and serves on port 8790

import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { native } from "../../js/tools/build.mjs";
import { must } from "../../js/tools/setup.mjs";
import { links, pages, problems, resolved, root } from "./tools/links.mjs";
import { cliPage, decidePage, httpPage, logPage, NAMES, settingsPage } from "./tools/reference.mjs";
import { planPage } from "./tools/schema.mjs";
import { typesOf } from "./tools/typedoc.mjs";

const source = join(root, "www/manual");
const work = join(root, "target/manual-work");
const site = join(work, "site");
const out = join(root, "target/manual");
const tool = (name) => join(work, "node_modules/.bin", name);
const LANGUAGES = { ".rs": "rust", ".ts": "ts", ".mjs": "js", ".toml": "toml", ".json": "json", ".html": "html" };

function fail(why) {
  console.error(`slotwise: ${why}`);
  process.exit(2);
}

/** Installs the tools of the lock file, if they are not there. */
function install() {
  mkdirSync(work, { recursive: true });
  const lock = readFileSync(join(source, "package-lock.json"));
  const stamp = join(work, "installed");
  if (existsSync(stamp) && readFileSync(stamp).equals(lock)) return;
  console.log("docs: installing VitePress and TypeDoc (about half a minute, once)");
  for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(source, name), join(work, name));
  // Not `npm ci`: it refuses a lock file without the optional packages of other platforms.
  must("installing the manual's tools", "npm", ["install", "--no-save", "--no-fund", "--no-audit", "--loglevel=error"], { cwd: work });
  writeFileSync(stamp, lock);
}

/** What the program prints. */
function said(words) {
  const run = spawnSync(join(root, "target/release/slotwise"), words, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, COLUMNS: "100" },
  });
  if (run.status !== 0) fail(`slotwise ${words.join(" ")} failed: ${run.stderr}`);
  return run.stdout;
}

function write(name, text) {
  const file = join(site, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Copies a page; links into the code become links to pages of the source, which `linked` collects. */
function copy(file, linked) {
  let text = readFileSync(file, "utf8");
  for (const target of new Set(links(text).map((link) => link.target))) {
    const link = resolved(target, file);
    if (!link || link.path.startsWith("www/manual/")) continue;
    let place = `/code/${link.path}.html#L${link.line}`;
    if (link.page) place = `/${link.path.replace(/\.md$/, "").toLowerCase()}`;
    else linked.add(link.path);
    text = text.replaceAll(`](${target})`, `](${place})`);
  }
  write(relative(source, file), text);
}

/** A page of the source, with a line number as the anchor of each line. */
function codePage(path) {
  const language = LANGUAGES[extname(path)];
  if (!language) fail(`the manual links ${path}, of which no page can be made; link a source file`);
  const text = readFileSync(join(root, path), "utf8").trimEnd();
  const head = ["---", "search: false", "aside: false", "prev: false", "next: false", "pageClass: code", "---", ""];
  write(`code/${path}.md`, [...head, `# \`${path}\``, "", `\`\`\`\`\`\`${language}:line-numbers anchors`, text, "``````", ""].join("\n"));
}

function typescript() {
  const json = join(work, "types.json");
  const options = join(work, "typedoc.config.json");
  const settings = {
    entryPoints: ["index", "ga4", "react", "element", "edge", "edge_settings", "handler", "stream"].map((name) =>
      join(root, `js/src/${name}.ts`),
    ),
    tsconfig: join(root, "js/tsconfig.json"),
    name: "slotwise, the npm package",
    readme: "none",
    favicon: join(root, "www/static/favicon.svg"),
    // The types of the Wasm glue are there only after a full build; TypeScript's own check is part of `npm test`.
    skipErrorChecking: true,
    navigationLinks: { Manual: "/", "Rust API": "/rust/slotwise/index.html" },
    basePath: join(root, "js/src"),
    sort: ["source-order"],
    disableSources: true,
    validation: { notExported: false },
    logLevel: "Warn",
    out: join(work, "typescript"),
    json,
  };
  writeFileSync(options, JSON.stringify(settings));
  must("TypeDoc", tool("typedoc"), ["--options", options]);
  return JSON.parse(readFileSync(json, "utf8"));
}

function rust() {
  // Fixed, because rustdoc lays its own parts out beside each other.
  const bar = join(work, "bar.html");
  writeFileSync(
    bar,
    '<nav style="position:fixed;right:1rem;bottom:.75rem;z-index:10;padding:.25rem .75rem;border:1px solid;border-radius:1rem;background:var(--main-background-color)"><a href="/">Manual</a> · <a href="/typescript/index.html">TypeScript API</a></nav>\n',
  );
  const env = { ...process.env, RUSTDOCFLAGS: `${process.env.RUSTDOCFLAGS ?? ""} --html-before-content ${bar}`.trim() };
  must("cargo doc", "cargo", ["doc", "--no-deps", "--locked", "--lib", "--target-dir", join(root, "target")], { env });
  cpSync(join(root, "target/doc"), join(out, "rust"), { recursive: true });
}

/** Links to the API references that lead nowhere. */
function deadEnds() {
  return pages().flatMap((file) =>
    links(readFileSync(file, "utf8"))
      .map(({ target, line }) => ({ place: target.split("#")[0], line }))
      .filter(({ place }) => /^\/(rust|typescript)\//.test(place) && !existsSync(join(out, place)))
      .map(({ place, line }) => `${relative(root, file)}:${line}: there is no ${place}`),
  );
}

const made = new Set(NAMES.map((name) => `www/manual/reference/${name}.md`));
const broken = pages().flatMap((file) => problems(file, made));
if (broken.length) fail(`links of the manual are broken:\n${broken.join("\n")}`);

install();
native();
rmSync(site, { recursive: true, force: true });

const linked = new Set();
for (const file of pages()) copy(file, linked);
cpSync(join(source, ".vitepress"), join(site, ".vitepress"), { recursive: true });
mkdirSync(join(site, "public"), { recursive: true });
for (const name of ["screenshot.png", "static/favicon.svg"])
  copyFileSync(join(root, "www", name), join(site, "public", name.replace("static/", "")));
write("benchmarks.md", readFileSync(join(root, "BENCHMARKS.md"), "utf8"));

const types = typesOf(typescript());
const facts = JSON.parse(said(["reference"]));
write("reference/plan.md", planPage(JSON.parse(readFileSync(join(root, "js/plan.schema.json"), "utf8"))));
write("reference/log.md", logPage(facts));
write("reference/http.md", httpPage(facts));
write("reference/settings.md", settingsPage(types, readFileSync(join(root, "wrangler.toml"), "utf8")));
write("reference/decide.md", decidePage(types));
write("reference/cli.md", cliPage(said));
for (const path of linked) codePage(path);

// VitePress empties its output folder, which .vitepress/config.mjs names.
must("VitePress", tool("vitepress"), ["build", site], { cwd: work });
cpSync(join(work, "typescript"), join(out, "typescript"), { recursive: true });
rust();

const dead = deadEnds();
if (dead.length) fail(`links to the API references lead nowhere:\n${dead.join("\n")}`);
console.log(`docs: ${readdirSync(out).length} entries in target/manual; look with \`npm run docs -- --serve\``);
if (process.argv.includes("--serve")) {
  const server = spawn(tool("vitepress"), ["preview", site, "--port", "8790"], { cwd: work, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill(signal));
}
