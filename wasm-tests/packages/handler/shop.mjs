import { createHandler } from "slotwise/handler";

export const handler = createHandler({ storeOrigin: "{{STORE}}", origin: "{{ORIGIN}}", publicKey: "{{PUBLIC_KEY}}", consent: "implied" });
