// The files that never change, by their hash: the isolate's snapshots from memory, shards and patches from the origin.
//
// The platform keeps what the origin answers, so most requests end here. A file is checked before it goes out, because what is
// sent as immutable stays in every cache on the way for a year.

import { BASE } from "./contract.js";
import { problem } from "./edge_guard.js";
import type { Settings } from "./edge_settings.js";
import { releases, within } from "./edge_snapshots.js";
import { complain } from "./edge_log.js";
import { asked, type Bytes, collected, DEADLINE_MS, get, named } from "./sync.js";

/** Longest file of each kind in bytes. */
const MOST = { shard: 256 * 1024, patch: 4 * 1024 * 1024 } as const;
const YEAR_SECS = 31_536_000;
/** Asks Cloudflare's cache to keep what the origin answers. */
const KEPT = { cf: { cacheEverything: true, cacheTtlByStatus: { "200-299": YEAR_SECS, "300-599": 0 } } };

/**
 * The answer to a request for an immutable file; undefined if the address is none. The type is one that the platform compresses:
 * it does not compress `application/octet-stream`.
 */
export function immutable(route: string, request: Request, settings: Settings): Promise<Response> | Response | undefined {
  const [, kind, name = ""] = /^(snapshot|shard|patch)\/(.*)$/.exec(route) ?? [];
  if (!kind) return undefined;
  const digits = kind === "snapshot" ? 64 : 32;
  if (name.length !== digits || /[^\da-f]/.test(name))
    return problem(404, `expected ${digits} hexadecimal digits behind /_slotwise/${kind}/`);
  // Shards hold no row that the plan keeps at the edge. These two do.
  if (kind !== "shard" && !releases.areOpen) return problem(404, "this edge keeps whole snapshots and patches to itself");
  const headers = {
    "content-type": "application/x-protobuf",
    "cache-control": `public, max-age=${YEAR_SECS}, immutable`,
    etag: `"${name}"`,
  };
  if (request.headers.get("if-none-match") === headers.etag) return new Response(null, { status: 304, headers });
  const sent = (bytes: Uint8Array): Response => new Response(bytes as Bytes, { headers });
  if (kind === "shard" || kind === "patch") return fetched(kind, name, settings).then(sent, missing);
  const shop = releases.of(name);
  return shop ? sent(shop.bytes()) : problem(404, "this edge uses another snapshot");
}

async function fetched(kind: keyof typeof MOST, name: string, settings: Settings): Promise<Bytes> {
  const url = `${settings.origin}${BASE}/${kind}/${name}`;
  return named(
    await within(
      DEADLINE_MS,
      collected((take) => get(url, MOST[kind], take, asked(url, KEPT as RequestInit))),
    ),
    name,
  );
}

function missing(cause: unknown): Response {
  complain("address", cause);
  return problem(404, "the origin has no such file at present");
}
