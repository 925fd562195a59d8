// `npm run test:intake`: the outages of `outage.test.mjs`, two minutes each.

import { native } from "../js/tools/build.mjs";

native();
process.env.SLOTWISE_OUTAGE_SECS ??= "120";
await import("./outage.test.mjs");
