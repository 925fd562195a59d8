// What Workers make of the store's headers and of its failures, side by side: tables and counts for the part `edge`. Whoever serves one
// visitor's page under the headers of everybody's page lets the next cache hand it to others.

import { connect } from "node:net";

/** Headers of the shop's that have to reach the browser. */
const KEPT = {
  "content-language": "de",
  "content-security-policy": "default-src 'self' 'unsafe-inline'",
  "strict-transport-security": "max-age=31536000",
  "referrer-policy": "same-origin",
  "permissions-policy": "camera=()",
  "x-frame-options": "DENY",
  "x-robots-tag": "noarchive",
  link: "</style.css>; rel=preload; as=style",
  "server-timing": "db;dur=3",
  "x-shop": "own",
};
const COOKIES = ["cart=1; Path=/", "seen=2; Path=/"];
/** Headers that are true of the store's own page alone. */
const CACHING = {
  "cache-control": "public, max-age=60, s-maxage=600",
  "cdn-cache-control": "max-age=600",
  "cloudflare-cdn-cache-control": "max-age=600",
  "surrogate-control": "max-age=600",
  expires: "Thu, 01 Jan 2037 00:00:00 GMT",
  etag: '"neutral"',
  "last-modified": "Wed, 21 Oct 2015 07:28:00 GMT",
  "accept-ranges": "bytes",
  "repr-digest": "sha-256=:AAAA:",
};
const NAMES = { ours: "Slotwise", growthbook: "GrowthBook", rewriter: "HTMLRewriter", proxy: "plain proxy" };

const present = ({ workers }) => Object.entries(NAMES).filter(([id]) => workers[id]);

/** What became of the store's headers on a page that was made for one visitor. */
export async function headersKept({ report }, { workers, store, headers }) {
  let asked;
  store.answer = (request, response) => {
    asked = request.headers;
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...KEPT, ...CACHING, "set-cookie": COOKIES });
    response.end(store.html);
  };
  const hosts = present({ workers });
  const answers = [];
  const reached = [];
  for (const [id] of hosts) {
    const answer = await fetch(workers[id].url, { headers: { ...headers, cookie: `basket=7; ${headers.cookie}` } });
    await answer.arrayBuffer();
    answers.push(answer.headers);
    // The proxies of this benchmark pass on nothing of the visitor's, to be as cheap as can be.
    const word = (came) => (["rewriter", "proxy"].includes(id) ? "" : came ? "as sent" : "gone");
    reached.push({ cookie: word(asked.cookie?.includes("basket=7")), agent: word(asked["user-agent"] === headers["user-agent"]) });
  }
  store.answer = undefined;
  const became = (answer, name, sent) => {
    const found = answer.get(name);
    return found === null ? "gone" : found === sent ? "as sent" : found.includes(sent) ? "as sent, and more" : `\`${found}\``;
  };
  const kept = (answer, name) => answer.get(name)?.includes(KEPT[name]) ?? false;
  const cookies = (answer) => COOKIES.filter((cookie) => answer.getSetCookie().includes(cookie)).length;
  // A cache goes by these two alone if the rest is gone, but it goes by each of the others where it knows them.
  const leaks = (answer) => Object.keys(CACHING).filter((name) => answer.get(name) === CACHING[name]);
  for (const [at, [id, name]] of hosts.entries()) {
    if (id !== "ours" && id !== "growthbook") continue;
    const lost = Object.keys(KEPT).filter((header) => !kept(answers[at], header));
    report.figure(`edge_${id}_headers_kept`, Object.keys(KEPT).length - lost.length, "", {
      what: `of ${Object.keys(KEPT).length} headers of the shop's, on the visitor's page: ${name}`,
      note: lost.length ? `lost, with its default settings: ${lost.join(", ")}` : "",
    });
    report.figure(`edge_${id}_caching_leaks`, leaks(answers[at]).length, "", {
      what: `of ${Object.keys(CACHING).length} headers that are true of the neutral page alone, on the visitor's page: ${name}`,
      note: leaks(answers[at]).join(", "),
    });
  }
  const rows = [...Object.entries(KEPT), ...Object.entries(CACHING)].map(([name, sent]) => [
    `\`${name}\``,
    ...answers.map((answer) => became(answer, name, sent)),
  ]);
  rows.push(["`set-cookie`, 2 of them", ...answers.map((answer) => `${cookies(answer)} of 2, ${answer.getSetCookie().length} in all`)]);
  rows.push(["the visitor's own `cookie`, at the store", ...reached.map(({ cookie }) => cookie)]);
  rows.push(["the visitor's `user-agent`, at the store", ...reached.map(({ agent }) => agent)]);
  rows.push(["`vary`, not sent", ...answers.map((answer) => answer.get("vary") ?? "none")]);
  report.table(
    "What becomes of headers, on a page that is made for one visitor. The store's on the way to the browser, unless a line says otherwise:",
    ["header", ...hosts.map(([, name]) => name)],
    rows,
  );
}

const half = (store) => store.html.slice(0, store.html.length >> 1);

/** What a client without patience sees: the status line, bytes of the body, and whether the answer ended as it should. */
function seen(url, headers) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(port, hostname);
    const lines = Object.entries({ host: `${hostname}:${port}`, ...headers, connection: "close" }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    let text = "";
    const end = (how) => {
      clearTimeout(timer);
      socket.destroy();
      const [head, ...rest] = text.split("\r\n\r\n");
      const body = rest.join("\r\n\r\n");
      const length = /content-length: (\d+)/i.exec(head)?.[1];
      const whole = /transfer-encoding: chunked/i.test(head) ? /(^|\r\n)0\r\n/.test(body) : Number(length ?? body.length) === body.length;
      resolve({ status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1] ?? 0), body, how: how ?? (whole ? "whole" : "broken off") });
    };
    const timer = setTimeout(() => end("nothing more for 10 s"), 10_000);
    socket.setEncoding("latin1");
    socket.on("connect", () => socket.write(`GET / HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`));
    socket.on("data", (part) => (text += part));
    socket.on("end", () => end()).on("error", () => end());
  });
}

/** What becomes of the store's own error pages, of a page that breaks off, and of a store that is away. */
export async function errors({ report }, { workers, store, headers }) {
  const type = { "content-type": "text/html; charset=utf-8" };
  const sorry = (status) => (_, response) => response.writeHead(status, type).end(`<h1>shop ${status}</h1>`);
  const cases = [
    ["the store's own page of status 500", sorry(500), "<h1>shop 500</h1>"],
    ["the store's own page of status 404", sorry(404), "<h1>shop 404</h1>"],
    [
      "a redirect to another page, 302",
      ({ url }, response) => {
        if (url === "/") response.writeHead(302, { ...type, location: "/elsewhere" }).end("<h1>moved</h1>");
        else response.writeHead(200, type).end("<h1>elsewhere</h1>");
      },
      "<h1>moved</h1>",
    ],
    [
      "a page that breaks off in the middle, chunked",
      (_, response) => {
        response.writeHead(200, type).write(half(store));
        setTimeout(() => response.destroy(), 100);
      },
    ],
    [
      "a page that breaks off in the middle, with a length",
      (_, response) => {
        response.writeHead(200, { ...type, "content-length": Buffer.byteLength(store.html) }).write(half(store));
        setTimeout(() => response.destroy(), 100);
      },
    ],
    ["a store that hangs up without an answer", (request) => request.socket.destroy()],
    ["no store at its address"],
  ];
  const hosts = present({ workers });
  const rows = [];
  for (const [what, answer, body] of cases) {
    store.answer = answer;
    if (!answer) store.stop();
    const told = [];
    for (const [id] of hosts) {
      const { status, body: got, how } = await seen(workers[id].url, headers);
      const own =
        body === undefined
          ? got.length < 1000
            ? `${got.length} bytes`
            : `${(got.length / 1000).toFixed(1)} kB`
          : got.includes(body)
            ? "the store's body"
            : "another body";
      told.push(status ? `${status}, ${own}, ${how}` : "no answer, the connection ends");
    }
    rows.push([what, ...told]);
  }
  report.table("What a browser gets when the store fails:", ["the store", ...hosts.map(([, name]) => name)], rows);
}
