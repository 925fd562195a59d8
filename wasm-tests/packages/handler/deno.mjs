import { handler } from "./shop.mjs";

Deno.serve({ port: Number(Deno.args[0]), hostname: "127.0.0.1" }, (request, { remoteAddr }) =>
  handler.fetch(request, { address: remoteAddr.hostname }),
);
