import { load } from "slotwise";

load({ publicKey: "{{PUBLIC_KEY}}", consent: "implied" }).then((visit) => {
  window.visit = visit;
});
