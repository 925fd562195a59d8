// The headers of a proxy on a platform whose `fetch` is the standard's: those that only concern one connection stop here, the store
// learns for whom it is asked, and a body that the platform has decoded is not called encoded.

/** Headers of one connection (RFC 9110, section 7.6.1), and one that `fetch` refuses to send. */
const CONNECTION = [
  ...["connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"],
  ...["te", "trailer", "transfer-encoding", "upgrade"],
];
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** Encodings that every platform decodes. */
const DECODED = /^(gzip|x-gzip|br|deflate)$/i;
/** workerd decodes and encodes by itself, as far as the client can read it. */
const isWorkerd = "IdentityTransformStream" in globalThis;

/** Removes what concerns one connection only. */
function strip(headers: Headers): void {
  const named = (headers.get("connection") ?? "").split(",").map((name) => name.trim());
  for (const name of [...CONNECTION, ...named.filter((name) => TOKEN.test(name))]) headers.delete(name);
}

/**
 * The request as the store is to get it. Redirects are the client's to follow. What a proxy in front has said of the client is kept.
 */
export function asked(request: Request, address: string | undefined): Request {
  const { method, body, signal, url } = request;
  const { host, protocol } = new URL(url);
  const headers = new Headers(request.headers);
  strip(headers);
  headers.delete("host");
  const said = (name: string, value: string) => headers.has(name) || headers.set(name, value);
  said("x-forwarded-host", host);
  said("x-forwarded-proto", protocol.slice(0, -1));
  if (address) headers.append("x-forwarded-for", address);
  if (!isWorkerd) headers.set("accept-encoding", "gzip, br");
  // `duplex`: the standard wants a promise that a body may be on its way while the answer comes.
  return new Request(url, { method, headers, body, signal, redirect: "manual", duplex: "half" } as RequestInit);
}

/** The response as the client is to get it. */
export function answered(response: Response): Response {
  if (isWorkerd) return response;
  const { body, status, statusText } = response;
  const headers = new Headers(response.headers);
  strip(headers);
  if (DECODED.test(headers.get("content-encoding") ?? "")) {
    headers.delete("content-encoding");
    headers.delete("content-length");
  }
  return new Response(body, { status, statusText, headers });
}
