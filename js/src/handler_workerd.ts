// The edge as a `fetch` function: the entry for workerd, which takes the engine as a compiled module.

import module from "./edge_engine_bg.wasm";
import { creator } from "./handler_create.js";

export type { Handler, HandlerContext, HandlerOptions, Network } from "./handler_create.js";
export { type NodeRequest, type NodeResponse, toNodeListener } from "./handler_node.js";
export { SlotwiseError } from "./types.js";

/** Creates the handler of a shop in this isolate. See `createHandler` of the entry for Node. */
export const createHandler = creator(async () => module as unknown as WebAssembly.Module);
