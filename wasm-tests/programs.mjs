// What the native engine makes of sessions and of random triples of model, plan and session, for the specs that compare other
// hosts with it. Run as a program, it builds the triples for wasm32 in advance.

import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bind, must, root } from "../js/tools/setup.mjs";

/** Where the golden sessions come from, as `wasm-tests/vectors.rs` has it. */
export const golden = {
  now: 1_800_000_000_000,
  offset: 60,
  agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148",
  referrer: "https://www.google.com/",
  url: "https://shop.example/lamps?utm_campaign=spring",
};

/** What a program prints. `npm test` has built it and says so; else cargo does. */
function program(name, ...words) {
  const named = ["--package", "slotwise-programs", "--features", "train", "--bin", name];
  const [command, ...first] = process.env.SLOTWISE_BUILT
    ? [join(root, "target/release", name)]
    : ["cargo", "run", "--quiet", "--release", "--locked", ...named, "--"];
  const run = spawnSync(command, [...first, ...words.map(String)], { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(`the program ${name} ended with ${run.status}:\n${run.error?.message ?? run.stderr}`);
  return run.stdout.trimEnd();
}

/**
 * Simulated sessions, and what the native engine makes of them at a moment: with the whole snapshot, or with the parts that stand
 * in the folder `shards` under the name of their `root`.
 */
export function simulated(snapshot, count, now, { shards, root } = {}) {
  return program("sessions", snapshot, count, now, ...(root ? [shards, root] : []))
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** FNV-1a of a text's UTF-16 words, as the program `sessions` has it. */
export function fnv(text) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Models whose random triples are compared; 200 triples each. */
export const MODELS = 500;

/**
 * Count of the random triples and a digest of their decisions, by the native engine; with words, also one of the
 * decisions with their reasons.
 */
export const nativeTriples = (words) =>
  program("digest", 0, MODELS)
    .split(" ")
    .slice(0, words ? 3 : 2)
    .join(" ");

/** The folder of the random triples as a Wasm module with its glue, with words compiled in or without. */
export function triplesModule(words) {
  const folder = join(root, `target/triples${words ? "" : "-silent"}`);
  const wasm = join(root, "target/wasm32-unknown-unknown/wasm/slotwise_programs.wasm");
  const features = ["--package", "slotwise-programs", "--lib", "--features", words ? "triples,words" : "triples"];
  const target = ["--target", "wasm32-unknown-unknown", ...features, "--profile", "wasm", "--locked"];
  must("building the triples", "cargo", ["build", "--quiet", ...target]);
  const made = join(folder, "triples_bg.wasm");
  if (!existsSync(made) || statSync(made).mtimeMs < statSync(wasm).mtimeMs) {
    bind("web", "triples", folder, wasm);
  }
  return folder;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) for (const words of [true, false]) triplesModule(words);
