// Slotwise on a server: decides for a visit from its cookie or token, its events and a snapshot. No page and no browser are
// needed, so nothing is shown, stored or sent here: the answer says what belongs into a slot, and into the response's headers.
//
// This is the entry for Node, Deno and Bun, which read the engine from the file beside this one. workerd and other edge
// runtimes take it as a compiled module instead, by entries of their own (see `exports` in package.json).

import { load } from "./server_file.js";
import { opener } from "./server_open.js";

export type * from "./decide.js";
export type { Server, ServerOptions } from "./server_open.js";
export type { PageContext, RequestLike, ServerVisit, Told, VisitMore } from "./server_visit.js";
export { SlotwiseError } from "./types.js";

/**
 * Opens Slotwise on this server, once for the whole process. Resolves when the first snapshot is there, or after `timeout`
 * without one: then `problem` says why, nothing is decided, and the shop's own content stays until a snapshot has come.
 *
 * @example
 * const slotwise = await open({ publicKey: "…", base: "https://shop.example/_slotwise" });
 * const visit = slotwise.visit(request);
 * const [hero, row] = visit.decide(["home.hero", "home.recommended"]);
 */
export const open = opener(load);
