import * as browser from "slotwise";
import * as stream from "slotwise/stream";
import { EVENTS } from "slotwise/contract";

const said = await browser.load({ publicKey: "PUBLIC_KEY" }).then(
  () => "nothing",
  (problem) => problem.message,
);
console.log(JSON.stringify({ said, fit: typeof stream.fit, events: EVENTS.includes("view_item") }));
