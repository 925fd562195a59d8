// `npm create slotwise` and what its projects run: the scaffold, the check of the Worker's settings, the way to the trainer.
// `npm run test:start` walks the whole path from packed packages.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { unstable_readConfig } from "wrangler";
import { problems } from "../js/bin/check.mjs";
import { make } from "../js/platform/make.mjs";
import { binary, freePort, origin, root, slotwise } from "./stage.mjs";
import { writeLog } from "./start/log.mjs";
import { serveShop, writeShop } from "./start/shop.mjs";
import { fences } from "./start/steps.mjs";

const home = mkdtempSync(join(tmpdir(), "slotwise-scaffold-"));
const shop = await serveShop(join(home, "shop"));
writeShop(join(home, "shop"));
after(() => {
  shop.stop();
  rmSync(home, { recursive: true, force: true });
});

// The packages as npm would install them.
const modules = join(home, "node_modules");
cpSync(make("create-slotwise"), join(modules, "create-slotwise"), { recursive: true });
cpSync(make("cli"), join(modules, "@slotwise/cli"), { recursive: true });
const { binary: find } = await import(join(modules, "@slotwise/cli/binary.mjs"));

/** Runs the scaffold in a folder of its own; what a person types is `typed`. The shop answers meanwhile. */
function create(words, typed = "", env = { SLOTWISE_TRAINER: binary }) {
  const cwd = mkdtempSync(join(home, "work-"));
  const child = spawn(process.execPath, [join(modules, "create-slotwise/index.mjs"), ...words], { cwd, env: { ...process.env, ...env } });
  child.stdin.end(typed);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (data) => (text += data));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, text, cwd })));
}

const FLAGS = ["--product", "/p/{id}", "--ga4", "yes", "--no-install"];
const flags = (url = shop.url) => ["--shop", url, "--routes", "shop.de/*, www.shop.de/*", "--origin", "https://slotwise.shop.de", ...FLAGS];

const made = await create(["My Shop", ...flags()]);
const project = join(made.cwd, "My Shop");
const read = (name) => readFileSync(join(project, name), "utf8");

test("a project has its settings, three keys, and no secret that git would take", () => {
  assert.equal(made.code, 0, made.text);
  const config = unstable_readConfig({ config: join(project, "wrangler.toml") });
  assert.equal(config.name, "my-shop");
  assert.ok(existsSync(config.main), config.main);
  assert.deepEqual(config.routes, ["shop.de/*", "www.shop.de/*"]);
  const key = read("key.public").trim();
  const { STORE_ORIGIN, SLOTWISE_ORIGIN, SLOTWISE_PUBLIC_KEY, CONSENT } = config.vars;
  assert.deepEqual(
    { STORE_ORIGIN, SLOTWISE_ORIGIN, SLOTWISE_PUBLIC_KEY, CONSENT },
    { STORE_ORIGIN: shop.url, SLOTWISE_ORIGIN: "https://slotwise.shop.de", SLOTWISE_PUBLIC_KEY: key, CONSENT: "required" },
  );
  assert.ok(read("README.md").includes(`\n   follow(await load({ publicKey: "${key}" }));\n`) && !read("README.md").includes("{{"));
  assert.ok(read(".dev.vars").includes(read("key.intake").trim()));
  for (const name of ["key.secret", "key.intake", ".dev.vars"]) assert.equal(statSync(join(project, name)).mode & 0o077, 0, name);
  assert.equal(spawnSync("git", ["init", "--quiet"], { cwd: project }).status, 0);
  const { stdout } = spawnSync("git", ["status", "--porcelain", "--untracked-files=all"], { cwd: project, encoding: "utf8" });
  const taken = stdout.trim().replaceAll("?? ", "").split("\n").sort();
  const expected = [
    ".gitignore",
    "README.md",
    "key.overlay.public",
    "key.public",
    "log/.gitkeep",
    "package.json",
    "plan.json",
    "src/worker.js",
    "wrangler.toml",
  ];
  assert.deepEqual(taken, expected.sort());
});

test("the commands of a project name versions that are tested here, and its plan has no mistake", () => {
  const json = JSON.parse(read("package.json"));
  const { version } = JSON.parse(readFileSync(join(root, "js/package.json"), "utf8"));
  const { wrangler } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies;
  assert.deepEqual({ ...json.dependencies, ...json.devDependencies }, { slotwise: version, "@slotwise/cli": version, wrangler });
  assert.ok(json.scripts.train.endsWith('--url-pattern "/p/{id}"'), json.scripts.train);
  const checked = slotwise("check", join(project, "plan.json"));
  assert.equal(checked.code, 0, checked.err);
});

test("a folder that holds anything is not touched, and a failure leaves nothing behind", async () => {
  const before = read("wrangler.toml");
  const again = await create([project, ...flags()]);
  assert.equal(again.code, 2);
  assert.match(again.text, /is there already and is not empty; nothing is overwritten/);
  assert.equal(read("wrangler.toml"), before);

  assert.match((await create([".", ...flags()])).text, /a folder of its own, below this one/);

  const keyless = await create(["shop", ...flags()], "", { SLOTWISE_TRAINER: "/bin/false" });
  assert.equal(keyless.code, 2);
  assert.match(keyless.text, /the trainer makes no keys/);
  assert.deepEqual(readdirSync(keyless.cwd), []);
});

test("what is not said is asked, and a wrong answer is asked again", async () => {
  const port = await freePort();
  const typed = ["", `http://127.0.0.1:${port}`, shop.url, "not a route", "none", "/product", "/product/{id}", "maybe", "no", ""].join(
    "\n",
  );
  const { code, text, cwd } = await create(["--no-install"], typed);
  assert.equal(code, 0, text);
  assert.match(text, /\n {2}cd slotwise-worker\n {2}npm install\n {2}npm run train\n/);
  assert.match(text, /:\d+ does not answer \(.*ECONNREFUSED.*\)/);
  assert.match(text, /"not a route" is no route[\s\S]*"\/product" has no \{id\}[\s\S]*"maybe" is neither yes nor no/);
  const own = readFileSync(join(cwd, "slotwise-worker/README.md"), "utf8");
  assert.ok(own.includes('track("view_item"') && !own.includes("follow("));
});

test("a wrong answer on the command line, and one that nobody gives, end the scaffold", async () => {
  const silent = await create(["shop", ...flags(`http://127.0.0.1:${await freePort()}`)]);
  assert.deepEqual([silent.code, readdirSync(silent.cwd)], [2, []]);
  assert.match(silent.text, /does not answer/);
  const nobody = await create(["shop", ...FLAGS]);
  assert.equal(nobody.code, 2);
  assert.match(nobody.text, /the input ended before an answer/);
});

test("the trainer is found, or it is said how to get it", () => {
  const at = (platform, arch, env = {}) => find({ env, platform, arch });
  assert.equal(at("linux", "x64", { SLOTWISE_TRAINER: binary }), binary);
  assert.throws(() => at("linux", "x64", { SLOTWISE_TRAINER: "/nowhere" }), /expected the path of the program/);
  assert.throws(() => at("linux", "x64"), /@slotwise\/cli-linux-x64 is missing; run `npm install` on this machine/);
  assert.throws(() => at("sunos", "x64"), /no prebuilt trainer for sunos-x64, only linux-x64, .*cargo install/);
  const run = (words) => {
    const launcher = [join(root, "js/bin/slotwise.mjs"), ...words];
    const here = spawnSync(process.execPath, launcher, { cwd: home, encoding: "utf8", env: { ...process.env, SLOTWISE_TRAINER: binary } });
    return { code: here.status, out: here.stdout };
  };
  assert.match(run(["--version"]).out, /^slotwise \d/);
  assert.equal(run(["check", "/nowhere.json"]).code, 2);
  const away = spawnSync(process.execPath, [join(root, "js/bin/slotwise.mjs"), "train"], { cwd: root, encoding: "utf8" });
  assert.deepEqual([away.status, away.stdout], [2, ""]);
  assert.match(away.stderr, /npm install --save-dev @slotwise\/cli`,\nor run it once with `npx @slotwise\/cli train`/);
});

test("each setting that cannot work is an error that says what to do", async () => {
  const key = join(project, "key");
  const published = join(home, "published");
  writeLog(join(project, "log/ga4.jsonl"), Date.now());
  const words = ["--events", join(project, "log"), "--plan", join(project, "plan.json"), "--key", `${key}.secret`, "--out", published];
  const trained = slotwise("train", ...words, "--rounds", "0");
  assert.equal(trained.code, 0, trained.err);
  const own = await origin({ key, published, folder: home });
  const closed = `http://127.0.0.1:${await freePort()}`;
  const vars = {
    STORE_ORIGIN: shop.url,
    SLOTWISE_ORIGIN: own.url,
    SLOTWISE_PUBLIC_KEY: read("key.public").trim(),
    SLOTWISE_INTAKE_KEY: read("key.intake").trim(),
    CONSENT: "required",
    SYNC_SECS: "60",
  };
  const other = slotwise("keygen", "--out", join(home, "other"));
  assert.equal(other.code, 0, other.err);
  const foreign = readFileSync(join(home, "other.public"), "utf8").trim();
  const empty = join(home, "empty");
  mkdirSync(empty);
  const check = (more, where = {}) => problems({ vars: { ...vars, ...more }, folder: project, local: true, ...where });
  try {
    assert.deepEqual(await check({}), []);
    const cases = [
      [{ STORE_ORIGIN: "" }, /^STORE_ORIGIN is empty and no route names a host; write the address/],
      [{ STORE_ORIGIN: "https://shop.example" }, /^STORE_ORIGIN is "https:\/\/shop\.example", expected the address of a server/],
      [{ STORE_ORIGIN: "<your shop>" }, /^STORE_ORIGIN is "<your shop>", expected/],
      [{ STORE_ORIGIN: `${shop.url}/de` }, /expected the address of a server without a path/],
      [{ STORE_ORIGIN: closed }, /^STORE_ORIGIN \S+ does not answer: .*ECONNREFUSED.*; start the shop/],
      [{ SLOTWISE_ORIGIN: closed }, /^the origin of snapshots \S+ does not answer: .*; start `slotwise serve`/],
      [{ SLOTWISE_ORIGIN: "slotwise.shop.de" }, /^SLOTWISE_ORIGIN is "slotwise.shop.de", expected/],
      [{ SLOTWISE_ORIGIN: "" }, /^the snapshot of \S+ cannot be used: .*manifest: status 404/],
      [{ SLOTWISE_PUBLIC_KEY: "" }, /^SLOTWISE_PUBLIC_KEY is empty; make keys with `npx slotwise keygen --out key`/],
      [{ SLOTWISE_PUBLIC_KEY: "…" }, /^SLOTWISE_PUBLIC_KEY is "…" \(1 characters\), expected 43/],
      [{ SLOTWISE_PUBLIC_KEY: "A".repeat(43) }, /expected 43 characters/],
      [{ SLOTWISE_PUBLIC_KEY: vars.SLOTWISE_PUBLIC_KEY.slice(1) }, /\(42 characters\), expected 43/],
      [{ SLOTWISE_INTAKE_KEY: foreign }, /^SLOTWISE_INTAKE_KEY in \.dev\.vars is not the key of key\.intake/],
      [{ CONSENT: "yes" }, /^CONSENT is "yes", expected "required" or "implied"/],
      [{ SYNC_SECS: "1m" }, /^SYNC_SECS is "1m", expected a whole number/],
    ];
    for (const [more, expected] of cases) {
      const found = await check(more);
      assert.equal(found.length, 1, `${JSON.stringify(more)}: ${found.join("; ")}`);
      assert.match(found[0], expected);
    }
    const [mixed, unsigned] = await check({ SLOTWISE_PUBLIC_KEY: foreign });
    assert.match(mixed, /key\.public has ".*"; copy the line/);
    assert.match(unsigned, /no signature of the manifest fits public key .*; train with the key\.secret that fits/);
    // Without the key's file the snapshot still tells.
    assert.equal((await check({ SLOTWISE_PUBLIC_KEY: foreign }, { folder: empty })).length, 1);
    writeFileSync(join(empty, "key.intake"), "short");
    assert.match((await check({ SLOTWISE_INTAKE_KEY: "short" }, { folder: empty }))[0], /^key\.intake is "short" \(5 characters\)/);
    // A deployed Worker cannot reach this machine.
    const deployed = await check({}, { local: false });
    assert.equal(deployed.length, 2);
    assert.ok(deployed.every((problem) => /which the deployed Worker cannot reach/.test(problem)));
    // A route names the shop where STORE_ORIGIN does not.
    assert.match((await check({ STORE_ORIGIN: "" }, { routes: ["shop.invalid/*"] }))[0], /^STORE_ORIGIN is "https:\/\/shop\.invalid"/);
  } finally {
    await own.stop();
  }
});

test("the check starts nothing where there is something wrong", () => {
  const cwd = mkdtempSync(join(home, "worker-"));
  symlinkSync(join(root, "node_modules/wrangler"), join(modules, "wrangler"));
  const run = (...words) => spawnSync(process.execPath, [join(root, "js/bin/worker.mjs"), ...words], { cwd, encoding: "utf8" });
  writeFileSync(join(cwd, "wrangler.toml"), readFileSync(join(root, "wrangler.toml")));
  const { status, stderr } = run("deploy", "--dry-run");
  assert.equal(status, 1, stderr);
  assert.match(stderr, /STORE_ORIGIN is empty[\s\S]*SLOTWISE_PUBLIC_KEY is empty[\s\S]*2 problems in the settings, nothing was started/);
  assert.equal(run("nothing").status, 2);
});

test("README's path has a command for each step that the script walks", () => {
  const steps = fences();
  const commands = steps.filter(({ language }) => language === "sh").flatMap(({ code }) => code.split("\n"));
  for (const command of ["npm create slotwise", "npm run train", "npm run serve", "npm run dev", "npm run deploy"]) {
    assert.ok(
      commands.some((line) => line.startsWith(command)),
      command,
    );
  }
  assert.deepEqual(
    steps.filter(({ language }) => language !== "sh").map(({ language }) => language),
    ["html", "html", "js"],
  );
});
