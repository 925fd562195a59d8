import { load } from "slotwise/inline";

load({ publicKey: "{{PUBLIC_KEY}}", consent: "implied" }).then((visit) => {
  window.visit = visit;
});
