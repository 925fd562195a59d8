// A real S3 server (moto, from PyPI) for tests of object stores. Where it cannot be installed, they are skipped with a word.

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { freePort, root, until } from "./stage.mjs";

const MOTO = "5.2.5";

/** Installs the server once; undefined if that fails. */
function installed() {
  const folder = join(root, "target/moto");
  const command = join(folder, "bin/moto_server");
  if (existsSync(command)) return command;
  const python = spawnSync("python3", ["-m", "venv", folder], { stdio: "inherit" });
  if (python.status !== 0) return undefined;
  const pip = spawnSync(join(folder, "bin/pip"), ["install", "--quiet", `moto[server,s3]==${MOTO}`], { stdio: "inherit" });
  return pip.status === 0 ? command : undefined;
}

/** Why there is no server, in words. */
export const WITHOUT = "moto cannot be installed from PyPI here: it takes python3 with venv, or SLOTWISE_S3_SERVER";

/** Starts the server with a bucket named `bucket`; undefined where there is none. */
export async function s3() {
  const command = process.env.SLOTWISE_S3_SERVER ?? installed();
  if (!command) return undefined;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "us-east-1",
  };
  const server = spawn(command, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore", env });
  await until("the S3 server", async () => (await fetch(url)).ok, 60);
  const made = await fetch(`${url}/bucket`, { method: "PUT" });
  if (!made.ok) throw new Error(`the S3 server made no bucket: status ${made.status}`);
  // The server asks for a signature, and believes any.
  const credential = "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x";
  const ask = (path, options = {}) =>
    fetch(`${url}/bucket/${path}`, { ...options, headers: { authorization: credential, ...options.headers } });
  /** The names of all objects below a prefix. */
  const names = async (prefix) => {
    const text = await (await ask(`?list-type=2&prefix=${encodeURIComponent(prefix)}`)).text();
    return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key).sort();
  };
  return { env, ask, names, stop: () => server.kill("SIGKILL") };
}
