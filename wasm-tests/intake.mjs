// `npm run test:intake`: the outages of `outage.test.mjs` and `delivery.test.mjs`, two minutes each.

import { suite } from "./suite.mjs";

await suite("intake", ["wasm-tests/outage.test.mjs", "wasm-tests/delivery.test.mjs"], { SLOTWISE_OUTAGE_SECS: "120" });
