// Slotwise on a server: the entry for edge runtimes such as Vercel's, whose bundlers compile a module that is imported with
// `?module`.

import module from "./edge_engine_bg.wasm?module";
import { opener } from "./server_open.js";

export type * from "./decide.js";
export type { Server, ServerOptions } from "./server_open.js";
export type { PageContext, RequestLike, ServerVisit, Told, VisitMore } from "./server_visit.js";
export { SlotwiseError } from "./types.js";

/** Opens Slotwise in this isolate. See `open` of the entry for Node. */
export const open = opener(async () => module);
