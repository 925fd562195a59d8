import { handler } from "./shop.mjs";

Bun.serve({
  port: Number(process.argv[2]),
  hostname: "127.0.0.1",
  fetch: (request, server) => handler.fetch(request, { address: server.requestIP(request)?.address }),
});
