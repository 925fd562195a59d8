// An origin that does what it is told: it is away, slow, or answers something else than it was asked for.

import { createHash } from "node:crypto";
import { createServer } from "node:http";

const HTML = "<!doctype html><title>Maintenance</title><p>http://10.0.0.7:8788 is being repaired.</p>";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What an origin can do wrong, by name. `own` counts the bytes it has sent. */
const FAULTS = {
  away: ({ response }) => response.socket.destroy(),
  hangs: () => {},
  "status 500": ({ response }) => response.writeHead(500).end(HTML),
  "status 404": ({ response }) => response.writeHead(404).end('{"error":"http://10.0.0.7 has no such file"}'),
  HTML: ({ response }) => response.writeHead(200, { "content-type": "text/html" }).end(HTML),
  nothing: ({ response }) => response.writeHead(200).end(),
  short: ({ response, body }) => response.writeHead(200).end(body.subarray(0, body.length - 10)),
  "a byte more": ({ response, body }) => response.writeHead(200).end(Buffer.concat([body, Buffer.from([0])])),
  "a bit flipped": ({ response, body }) => {
    const flipped = Buffer.from(body);
    flipped[flipped.length >> 1] ^= 1;
    response.writeHead(200).end(flipped);
  },
  "broken off": async ({ response, body }) => {
    response.writeHead(200, { "content-length": body.length });
    response.write(body.subarray(0, body.length >> 1));
    await pause(50);
    response.socket.destroy();
  },
  "drip-fed": async ({ response, body }) => {
    response.writeHead(200, { "content-length": body.length });
    for (const byte of body) {
      if (response.destroyed) return;
      response.write(Buffer.from([byte]));
      await pause(200);
    }
  },
  "300 MB": async ({ response, own }) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(1 << 20, 32);
    for (let sent = 0; sent < 300 && !response.destroyed; sent++) {
      own.sent += chunk.length;
      if (!response.write(chunk)) await Promise.race([new Promise((resolve) => response.once("drain", resolve)), pause(1000)]);
    }
    response.end();
  },
};

export const FAULT_NAMES = Object.keys(FAULTS);

/**
 * Starts an origin. `manifest` is its text; `does` names what it does wrong, by the path behind `/_slotwise/` or by its first part;
 * `asked` are the paths it was asked for. `pages` answers all other addresses.
 */
export async function origin(pages = (_, response) => response.writeHead(404).end()) {
  const files = new Map();
  const own = { manifest: "", does: {}, asked: [], sent: 0, url: "", add: undefined, stop: undefined };
  const server = createServer((request, response) => {
    response.on("error", () => {});
    if (!request.url.startsWith("/_slotwise/")) return pages(request, response);
    const path = request.url.replace("/_slotwise/", "");
    const kind = path.split("/")[0];
    if (kind === "events") return response.writeHead(202).end("{}");
    own.asked.push(path);
    const body = kind === "manifest" ? Buffer.from(own.manifest) : files.get(path);
    const fault = FAULTS[own.does[path] ?? own.does[kind]];
    if (fault) return void fault({ response, body: body ?? Buffer.alloc(0), own });
    if (!body) return response.writeHead(404).end();
    const caching = kind === "manifest" ? "no-cache" : "public, max-age=31536000, immutable";
    response.writeHead(200, { "content-type": "application/octet-stream", "cache-control": caching }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  own.url = `http://127.0.0.1:${server.address().port}`;
  /** Publishes files under their hash. */
  own.add = (kind, all) => {
    for (const bytes of all) {
      const name = createHash("sha256").update(bytes).digest("hex");
      files.set(`${kind}/${kind === "snapshot" ? name : name.slice(0, 32)}`, bytes);
    }
  };
  own.remove = (path) => files.delete(path);
  own.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return own;
}
