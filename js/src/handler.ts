// The edge as a `fetch` function, for platforms that are not Cloudflare's: a proxy in front of the shop that fits its pages,
// takes events and answers questions. It does what the Worker does, by the same code (edge_handler.ts).
//
// This is the entry for Node, Deno and Bun, which read the engine from the file beside this one. Edge runtimes take it as a
// compiled module instead, by entries of their own (see `exports` in package.json).

import { creator } from "./handler_create.js";
import { load } from "./server_file.js";

export type { Handler, HandlerContext, HandlerOptions, Network } from "./handler_create.js";
export { type NodeRequest, type NodeResponse, toNodeListener } from "./handler_node.js";
export { SlotwiseError } from "./types.js";

/**
 * Creates the handler of a shop, once for the whole process. Throws if an option can never work. Whatever else goes wrong is said
 * on the console, and the shop's own pages pass through.
 *
 * @example
 * const handler = createHandler({ storeOrigin: "https://origin.shop.example", publicKey: "…" });
 * http.createServer(toNodeListener(handler)).listen(8787);
 */
export const createHandler = creator(load);
