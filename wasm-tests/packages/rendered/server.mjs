// A shop's own server: renders the app into the page that Vite has built. `node server.mjs PORT`.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { render } from "./dist/server/rendered.js";

const shell = await readFile("dist/client/index.html", "utf8");
const types = { js: "text/javascript", wasm: "application/wasm" };

createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://shop");
  if (pathname === "/") {
    response.setHeader("content-type", "text/html; charset=utf-8");
    return response.end(shell.replace("<!--app-->", await render()));
  }
  const file = await readFile(`dist/client${pathname}`).catch(() => undefined);
  response.writeHead(file ? 200 : 404, { "content-type": types[pathname.split(".").pop()] ?? "text/plain" }).end(file);
}).listen(Number(process.argv[2]), "127.0.0.1");
