const { EVENTS } = require("slotwise/contract");
const { load } = require("slotwise");
const { fit } = require("slotwise/stream");

load({ publicKey: "{{PUBLIC_KEY}}" }).then(({ problem }) =>
  console.log(JSON.stringify({ problem, fit: typeof fit, events: EVENTS.includes("view_item") })),
);
