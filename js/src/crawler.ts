// Who is a crawler, a link preview, a monitor or a program: by the patterns of `isbot`, which its keepers gather from what such
// clients say of themselves. The package brings them along, so that an edge has no dependency.

import { isbot } from "isbot";

/** What is read of a user agent: a hostile one may be long, and those of real browsers are half of this. */
const MAX_AGENT = 512;

/** Whether a user agent is that of a program. */
export const isCrawler = (agent: string): boolean => isbot(agent.slice(0, MAX_AGENT));
