// What a shop's own web server does for the mini-projects: it hands out a folder or asks the tool's server, and passes
// `/_slotwise/…` on to the origin. Pages thus have one origin, as in the manual.

import { readFile } from "node:fs/promises";
import { createServer, request as ask } from "node:http";
import { connect } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".map": "application/json",
  ".wasm": "application/wasm",
};

/** Passes a request on to another server as it is. */
function pass(request, response, target) {
  const { method, headers } = request;
  const passed = ask(new URL(request.url, target), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  passed.on("error", () => response.destroy());
  request.pipe(passed);
}

/** Sends a file of a folder. */
async function send({ url }, response, folder) {
  const path = normalize(decodeURIComponent(new URL(url, "http://shop").pathname));
  const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
  const found = await readFile(file).catch(() => undefined);
  if (!found) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(found);
}

/** Starts the server. `shop` is a folder, or the URL of a server. */
export async function front(origin, shop) {
  const isServer = shop.startsWith("http:");
  const server = createServer((request, response) => {
    if (request.url.startsWith("/_slotwise/")) pass(request, response, origin);
    else if (isServer) pass(request, response, shop);
    else void send(request, response, shop);
  });
  // Development servers tell the page about changes through a WebSocket.
  server.on("upgrade", (request, socket, head) => {
    if (!isServer) return socket.destroy();
    const { hostname, port } = new URL(shop);
    const behind = connect(Number(port), hostname, () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let at = 0; at < request.rawHeaders.length; at += 2) lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
      behind.write(`${lines.join("\r\n")}\r\n\r\n`);
      behind.write(head);
      behind.pipe(socket).pipe(behind);
    });
    behind.on("error", () => socket.destroy());
    socket.on("error", () => behind.destroy());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}
