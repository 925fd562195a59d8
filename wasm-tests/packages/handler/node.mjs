import { createServer } from "node:http";
import { toNodeListener } from "slotwise/handler";
import { handler } from "./shop.mjs";

createServer(toNodeListener(handler)).listen(Number(process.argv[2]), "127.0.0.1");
