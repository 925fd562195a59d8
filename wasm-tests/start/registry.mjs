// A registry that has our packages as they would be published, and sends npm on to the real one for all others. So a
// person's own commands run before the first release.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import { spawnSync } from "node:child_process";

/** Packs the package of a folder into another folder: name, manifest, file name and bytes. */
function pack(from, into) {
  const run = spawnSync("npm", ["pack", "--json", "--pack-destination", into], { cwd: from, encoding: "utf8" });
  if (run.status !== 0) throw new Error(`npm could not pack ${from}:\n${run.stderr}`);
  const [{ filename }] = JSON.parse(run.stdout);
  const json = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
  return { json, file: basename(filename), bytes: readFileSync(join(into, basename(filename))) };
}

/** Packs folders and serves them; other names are at `upstream`. */
export async function registry(folders, into, upstream) {
  const packed = folders.map((folder) => pack(folder, into));
  let address = "";
  const description = ({ json, file, bytes }) => ({
    name: json.name,
    "dist-tags": { latest: json.version },
    versions: {
      [json.version]: {
        ...json,
        dist: {
          tarball: `${address}/-/${file}`,
          integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
        },
      },
    },
  });
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url.split("?")[0]).slice(1);
    const file = packed.find((one) => path === `-/${one.file}`);
    if (file) return response.writeHead(200, { "content-type": "application/octet-stream" }).end(file.bytes);
    const found = packed.find(({ json }) => json.name === path);
    if (found) return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(description(found)));
    // The platforms that are not built here are not published either.
    if (path.startsWith("@slotwise/") || request.method !== "GET") return response.writeHead(404).end("{}");
    return response.writeHead(307, { location: upstream.replace(/\/$/, "") + request.url }).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${server.address().port}`;
  const sizes = packed.map(({ json, bytes }) => ({ name: json.name, bytes: bytes.length }));
  return { address, sizes, stop: () => server.closeAllConnections() ?? server.close() };
}
