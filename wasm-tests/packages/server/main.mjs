import { EVENTS } from "slotwise/contract";
import { load } from "slotwise";
import { fit } from "slotwise/stream";

const { problem } = await load({ publicKey: "{{PUBLIC_KEY}}" });
console.log(JSON.stringify({ problem, fit: typeof fit, events: EVENTS.includes("view_item") }));
