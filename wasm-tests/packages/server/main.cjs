const browser = require("slotwise");
const stream = require("slotwise/stream");
const { EVENTS } = require("slotwise/contract");

browser
  .load({ publicKey: "PUBLIC_KEY" })
  .then(
    () => "nothing",
    (problem) => problem.message,
  )
  .then((said) => console.log(JSON.stringify({ said, fit: typeof stream.fit, events: EVENTS.includes("view_item") })));
