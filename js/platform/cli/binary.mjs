// Finds the trainer for this machine. npm installs only the one platform package that fits `os` and `cpu`.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { optionalDependencies = {} } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));

/**
 * Path of the trainer's program: `SLOTWISE_TRAINER`, or the one of the platform package.
 *
 * Throws an error that says how to get it if there is none.
 */
export function binary({ env, platform, arch } = process) {
  const own = env.SLOTWISE_TRAINER;
  if (own) {
    if (existsSync(own)) return own;
    throw new Error(`SLOTWISE_TRAINER is ${own}, expected the path of the program \`slotwise\``);
  }
  const name = `@slotwise/cli-${platform}-${arch}`;
  const file = `${name}/bin/slotwise${platform === "win32" ? ".exe" : ""}`;
  try {
    return createRequire(import.meta.url).resolve(file);
  } catch {
    const names = Object.keys(optionalDependencies);
    throw new Error(
      names.includes(name)
        ? `the package ${name} is missing; run \`npm install\` on this machine, without \`--omit=optional\``
        : `there is no prebuilt trainer for ${platform}-${arch}, only ${names.map((known) => known.replace("@slotwise/cli-", "")).join(", ")}; ` +
            "build it with `cargo install --git https://github.com/slotwise/slotwise slotwise`, and set SLOTWISE_TRAINER to its path",
    );
  }
}
