// The handler behind `node:http` and `node:https`: bodies stream in both directions, and what is done for a client that has gone
// is given up.
//
// Nothing of Node is imported, only shapes are described, so that the entry of every platform can have this.

import type { Handler } from "./handler_create.js";

/** What is used of Node's `IncomingMessage`. */
export interface NodeRequest {
  method?: string | undefined;
  url?: string | undefined;
  rawHeaders: string[];
  headers: Record<string, string | string[] | undefined>;
  socket: { encrypted?: boolean; remoteAddress?: string | undefined };
  // biome-ignore lint/suspicious/noExplicitAny: Node declares an overload for each event.
  on(event: string, act: (...words: any[]) => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** What is used of Node's `ServerResponse`. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly writableFinished: boolean;
  setHeader(name: string, value: string | string[]): unknown;
  write(chunk: Uint8Array): boolean;
  end(text?: string): unknown;
  destroy(): unknown;
  // biome-ignore lint/suspicious/noExplicitAny: Node declares an overload for each event.
  on(event: string, act: (...words: any[]) => void): unknown;
}

/** A host name or address, with a port. Anything else would shift the path of the address. */
const HOST = /^([\w.-]+|\[[\da-f:.]+\])(:\d+)?$/i;

/** The address of a request; undefined if it has none. Behind a proxy that says so, it is https. */
function addressOf({ headers, socket, url = "" }: NodeRequest): string | undefined {
  const text = (name: string) => String(headers[name] ?? "");
  const host = text("host") || text(":authority") || "localhost";
  const isSecure = socket.encrypted || /^https *(,|$)/i.test(text("x-forwarded-proto"));
  const address = `${isSecure ? "https" : "http"}://${host}${url}`;
  return HOST.test(host) && url.startsWith("/") && URL.canParse(address) ? address : undefined;
}

/** Header lines. HTTP/2 has the request's line among them, with a colon before each name. */
function headersOf({ rawHeaders }: NodeRequest): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name, value] = rawHeaders.slice(at, at + 2) as [string, string];
    if (!name.startsWith(":")) headers.append(name, value);
  }
  return headers;
}

/** The body of a request. It is read as fast as it is used. What comes after the response is thrown away. */
function bodyOf(request: NodeRequest, isAnswered: () => boolean): ReadableStream<Uint8Array> {
  let open = true;
  const last = (act: () => void) => () => {
    if (open) act();
    open = false;
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      request.on("data", (chunk: Uint8Array) => {
        if (!open || isAnswered()) return;
        // A copy: the buffer may be a part of one that Node uses again.
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) request.pause();
      });
      request.on(
        "end",
        last(() => controller.close()),
      );
      const broke = last(() => controller.error(new Error("the client broke off")));
      for (const event of ["error", "aborted", "close"]) request.on(event, broke);
    },
    pull() {
      request.resume();
    },
    cancel() {
      open = false;
      // The rest is thrown away, so that the client gets to read the response.
      request.resume();
    },
  });
}

/** Sends a response as fast as the client reads. */
async function send(from: Response, to: NodeResponse, isGone: () => boolean): Promise<void> {
  to.statusCode = from.status;
  for (const [name, value] of from.headers) if (name !== "set-cookie") to.setHeader(name, value);
  const cookies = from.headers.getSetCookie();
  if (cookies.length > 0) to.setHeader("set-cookie", cookies);
  const reader = from.body?.getReader();
  if (!reader) {
    to.end();
    return;
  }
  let wake: (() => void) | undefined;
  for (const event of ["drain", "close"]) to.on(event, () => wake?.());
  for (;;) {
    const { done, value } = await reader.read();
    if (isGone()) return void reader.cancel().catch(() => {});
    if (done) break;
    if (to.write(value)) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (isGone()) resolve();
    });
  }
  to.end();
}

async function serve(handler: Handler, request: NodeRequest, response: NodeResponse): Promise<void> {
  const url = addressOf(request);
  const { method = "GET" } = request;
  if (!url || /^(CONNECT|TRACE|TRACK)$/i.test(method)) {
    // `fetch` refuses these methods.
    response.statusCode = url ? 405 : 400;
    response.end(url ? "this method is not passed on\n" : "expected a path and a host\n");
    return;
  }
  const left = new AbortController();
  let [gone, answered] = [false, false];
  response.on("finish", () => {
    answered = true;
    // Otherwise the connection would wait for somebody to read the rest of the request.
    request.resume();
  });
  response.on("close", () => {
    gone = true;
    if (!response.writableFinished) left.abort();
  });
  try {
    const body = /^(GET|HEAD)$/.test(method) ? null : bodyOf(request, () => answered);
    const init = { method, headers: headersOf(request), body, signal: left.signal, duplex: "half" };
    const answer = await handler.fetch(new Request(url, init as RequestInit), { address: request.socket.remoteAddress });
    await send(answer, response, () => gone);
  } catch (cause) {
    if (!gone && !response.headersSent) console.error("slotwise: a request could not be answered", cause);
    // A page that broke off must not look like a whole one.
    response.destroy();
  }
}

/**
 * Makes a listener for `http.createServer`, `https.createServer` or `http2.createSecureServer` of a handler.
 *
 * @example
 * http.createServer(toNodeListener(handler)).listen(8787);
 */
export function toNodeListener(handler: Handler): (request: NodeRequest, response: NodeResponse) => void {
  return (request, response) => {
    void serve(handler, request, response);
  };
}
