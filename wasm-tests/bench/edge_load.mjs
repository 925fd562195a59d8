// A load generator in a process of its own: a number of connections, each with one request at a time, by the client of Node's makers.
// It is told `{undici, url, headers, connections, ms}`, and answers with the microseconds of each request and how long all took.

import { createRequire } from "node:module";
import { microsSince } from "./stats.mjs";

async function load({ undici, url, headers, connections, ms }) {
  const { Client } = createRequire(undici)("undici");
  const micros = [];
  const begun = performance.now();
  const one = async () => {
    const client = new Client(url, { pipelining: 1 });
    while (performance.now() - begun < ms) {
      const sent = process.hrtime.bigint();
      const { body, statusCode } = await client.request({ path: "/", method: "GET", headers });
      await body.dump({ limit: 1 << 24 });
      if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`);
      micros.push(microsSince(sent));
    }
    await client.close();
  };
  await Promise.all(Array.from({ length: connections }, one));
  return { micros, seconds: (performance.now() - begun) / 1000 };
}

process.on("message", async (task) => process.send(await load(task).catch(({ message }) => ({ problem: message }))));
process.on("disconnect", () => process.exit());
