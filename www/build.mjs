// Builds the demo store's browser files into dist/, which the origin serves under /assets/.
//
// Everything is written to a fresh folder that is then renamed, so that a failed build leaves the old
// files in place. The package looks for its Wasm beside its own script; bundling moves the script, so the
// Wasm moves with it.
import { build } from "esbuild";
import { cp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const fresh = join(here, `dist.${process.pid}`);
const old = `${fresh}.old`;

try {
  await build({
    absWorkingDir: here,
    entryPoints: ["src/main.ts", "src/style.css"],
    outdir: fresh,
    bundle: true,
    minify: true,
    sourcemap: "linked",
    format: "esm",
    target: ["es2022", "chrome105", "firefox121", "safari15.4"],
    logLevel: "warning",
  });
  await cp(join(here, "static"), fresh, { recursive: true });
  const wasm = fileURLToPath(import.meta.resolve("slotwise/engine_bg.wasm"));
  await cp(wasm, join(fresh, "engine_bg.wasm"));
  await rename(join(here, "dist"), old).catch((problem) => {
    if (problem.code !== "ENOENT") throw problem;
  });
  await rename(fresh, join(here, "dist"));
} finally {
  await rm(fresh, { recursive: true, force: true });
  await rm(old, { recursive: true, force: true });
}
