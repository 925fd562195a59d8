// Writes the project: first under a temporary name, so that whatever fails leaves nothing half made behind.

import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const template = fileURLToPath(new URL("./template", import.meta.url));

/** A Worker's name: small letters, digits and dashes. */
const named = (folder) =>
  basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");

/** Sets a line of wrangler.toml; its comment stays. JSON strings are TOML strings. */
function set(toml, name, value) {
  const line = new RegExp(`^${name} = "[^"]*"`, "m");
  if (!line.test(toml)) throw new Error(`the template of wrangler.toml has no ${name}`);
  return toml.replace(line, () => `${name} = ${JSON.stringify(value)}`);
}

/** The Worker's settings, from those of Slotwise's own repository. */
function wranglerToml(name, { shop, origin, routes }, publicKey) {
  let toml = readFileSync(join(template, "wrangler.toml"), "utf8");
  const settings = { name, main: "src/worker.js", STORE_ORIGIN: shop, SLOTWISE_ORIGIN: origin, SLOTWISE_PUBLIC_KEY: publicKey };
  for (const [key, value] of Object.entries(settings)) toml = set(toml, key, value);
  const line = routes.length > 0 ? `routes = ${JSON.stringify(routes)}` : '# routes = ["shop.de/*"]';
  return toml
    .replace(/^# Every variable is explained in .*$/m, "# The manual's page of Worker settings explains every variable.")
    .replace(/^compatibility_date = .*$/m, (date) => `${date}\n${line}`);
}

/** What holds on this machine only: the origin runs here. */
const devVars = (intakeKey) => `# Settings for \`npm run dev\` that win over wrangler.toml. git ignores this file.
SLOTWISE_ORIGIN="http://127.0.0.1:8788"
SYNC_SECS="2"
SLOTWISE_INTAKE_KEY="${intakeKey}"
`;

/** The project's package.json, as text. */
export function packageJson(name, { product }, { version, wrangler }) {
  const train = "slotwise train --events log --plan plan.json --key key.secret --out published --search search.json";
  const json = {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    engines: { node: ">=22.12" },
    scripts: {
      train: product === "/product/{id}" ? train : `${train} --url-pattern "${product}"`,
      serve: "slotwise serve --published published --public-key key.public --intake-key key.intake --log log",
      check: "slotwise check plan.json && slotwise-worker check",
      dev: "slotwise-worker dev",
      deploy: "slotwise-worker deploy",
    },
    dependencies: { slotwise: version },
    devDependencies: { "@slotwise/cli": version, wrangler },
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** The script that the shop's pages get. */
const script = (publicKey, ga4) =>
  ga4
    ? `import { load } from "slotwise";
import { follow } from "slotwise/ga4";

follow(await load({ publicKey: "${publicKey}" }));`
    : `import { load } from "slotwise";

const slotwise = await load({ publicKey: "${publicKey}" });
slotwise.track("view_item", { items: [{ item_id: "…", item_category: "…" }] });`;

/** Makes the project. Throws if that fails; the folder is then as it was. */
export function make(folder, answers, { trainer, version, wrangler }) {
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}.`);
  try {
    const put = (name, text, mode = 0o644) => writeFileSync(join(fresh, name), text, { mode });
    const keygen = spawnSync(trainer, ["keygen", "--out", join(fresh, "key")], { encoding: "utf8" });
    if (keygen.status !== 0) throw new Error(`the trainer makes no keys: ${keygen.error?.message ?? keygen.stderr.trim()}`);
    const key = (ending) => readFileSync(join(fresh, `key.${ending}`), "utf8").trim();
    const name = named(folder);

    for (const made of ["src", "log"]) mkdirSync(join(fresh, made));
    cpSync(join(template, "worker.js"), join(fresh, "src/worker.js"));
    cpSync(join(template, "plan.json"), join(fresh, "plan.json"));
    // npm does not publish a file of this name.
    cpSync(join(template, "gitignore"), join(fresh, ".gitignore"));
    put("log/.gitkeep", "");
    put("package.json", packageJson(name, answers, { version, wrangler }));
    put("wrangler.toml", wranglerToml(name, answers, key("public")));
    put(".dev.vars", devVars(key("intake")), 0o600);
    const readme = readFileSync(join(template, "README.md"), "utf8");
    const words = { NAME: name, SHOP: answers.shop, SCRIPT: script(key("public"), answers.ga4) };
    // A text of several lines is as far in as the place where it stands.
    const fill = (_, space = "", word) => words[word].replace(/^(?=.)/gm, space);
    put("README.md", readme.replace(/^( *)\{\{(\w+)\}\}/gm, fill).replace(/()\{\{(\w+)\}\}/g, fill));

    // A temporary folder is for its owner only.
    chmodSync(fresh, 0o755);
    // Only an empty folder is ever in the way here.
    if (existsSync(folder)) rmdirSync(folder);
    renameSync(fresh, folder);
  } catch (cause) {
    rmSync(fresh, { recursive: true, force: true });
    throw cause;
  }
}
