// Snapshot sync: fetches manifest and snapshot and verifies them before the engine gets them.
//
// WebCrypto checks hash and signature, in the browser and at the edge. That is fast, and keeps cryptography out of the
// Wasm. On a host without Ed25519 the check fails, so there is no model, and the shop's own page is shown.

import { MANIFEST_PREFIX, type Manifest, PREVIEW_PREFIX } from "./contract.js";

type Bytes = Uint8Array<ArrayBuffer>;

const encode = (text: string): Bytes => new TextEncoder().encode(text);

/** The message of a thrown value. */
export const message = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** A source of manifest and snapshots. */
export interface Source {
  /** Text of the manifest. */
  manifest(): Promise<string>;
  /** Bytes of the snapshot with this id. */
  snapshot(id: string): Promise<Bytes>;
}

/** Decodes base64url without padding; undefined if it is malformed. */
export function bytesOf(text: unknown): Bytes | undefined {
  const trimmed = String(text).trim();
  if (!/^[\w-]*$/.test(trimmed)) return undefined;
  try {
    return Uint8Array.from(atob(trimmed.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Decodes a fixed number of bytes from base64url. */
function keyBytes(text: unknown, length: number, what: string, expected: string): Bytes {
  const bytes = bytesOf(text);
  if (bytes?.length === length) return bytes;
  throw new Error(`${what} is "${text}", expected ${expected}; make a pair with \`slotwise keygen\``);
}

/** An integer in groups of seven bits, lowest first (LEB128), as in the signed message. */
function varint(number: number): number[] {
  return number < 128 ? [number] : [(number % 128) | 128, ...varint(Math.floor(number / 128))];
}

/** WebCrypto, which browsers offer in secure contexts only. */
function subtle(): SubtleCrypto {
  if (globalThis.crypto?.subtle) return crypto.subtle;
  throw new Error("this host has no WebCrypto (a page must be served over https or from localhost)");
}

/** Whether an Ed25519 signature fits the key and the bytes. */
async function isSigned(key: string, bytes: Bytes, signature: Bytes): Promise<boolean> {
  const raw = keyBytes(key, 32, "the public key", "32 bytes as base64url, 43 characters");
  const web = subtle();
  try {
    const imported = await web.importKey("raw", raw, "Ed25519", false, ["verify"]);
    return await web.verify("Ed25519", imported, signature, bytes);
  } catch (cause) {
    throw new Error(`this host's WebCrypto cannot check an Ed25519 signature: ${message(cause)}`);
  }
}

/** Fetches a URL; every failure names it. */
async function get(url: string): Promise<Response> {
  const response = await fetch(url).catch((cause) => {
    throw new Error(`${url}: ${message(cause)}`);
  });
  if (!response.ok) throw new Error(`${url}: status ${response.status}, expected 200`);
  return response;
}

/** Manifest and snapshots over HTTP: `<base>/manifest` and `<base>/snapshot/<id>`. */
export const http = (base: string): Source => ({
  manifest: async () => (await get(`${base}/manifest`)).text(),
  snapshot: async (id) => new Uint8Array(await (await get(`${base}/snapshot/${id}`)).arrayBuffer()),
});

/** The snapshot named by a manifest, after checking the signature; undefined if it is `current`. */
async function named(text: string, key: string, current: string | null): Promise<string | undefined> {
  let found: Manifest;
  try {
    found = JSON.parse(text) as Manifest;
  } catch (cause) {
    throw new Error(`the manifest is no JSON: ${message(cause)}`);
  }
  const { format, snapshot, bytes, newest_ms, signature } = found;
  for (const [name, number] of Object.entries({ format, bytes, newest_ms })) {
    if (!Number.isSafeInteger(number) || number < 0) throw new Error(`the manifest has no ${name}, expected a whole number`);
  }
  if (!/^[\da-f]{64}$/.test(snapshot)) {
    throw new Error(`the manifest's snapshot id is ${snapshot}, expected 64 hexadecimal digits; publish again`);
  }
  if (snapshot === current) return undefined;
  // The signature covers the fields in a binary encoding, not the JSON text, which may be formatted in many ways.
  const fields = [...varint(format), ...varint(snapshot.length), ...encode(snapshot), ...varint(bytes), ...varint(newest_ms)];
  const signed = keyBytes(signature, 64, "the manifest's signature", "64 bytes as base64url");
  if (await isSigned(key, Uint8Array.from([...encode(MANIFEST_PREFIX), ...fields]), signed)) return snapshot;
  throw new Error(`the manifest's signature does not fit public key ${key}; check that trainer and host use the same key pair`);
}

/** The bytes of the snapshot with this id, which must be their hash. */
export async function snapshot(from: Source, id: string): Promise<Bytes> {
  const bytes = await from.snapshot(id);
  const hash = new Uint8Array(await subtle().digest("SHA-256", bytes));
  const found = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found === id) return bytes;
  throw new Error(`the snapshot's SHA-256 is ${found}, the manifest names ${id}; it is damaged or was swapped: fetch it again`);
}

/** Id and verified bytes of the newest snapshot, and the manifest's text; undefined if it is `current`. */
export async function newer(from: Source, key: string, current: string | null): Promise<[string, Bytes, string] | undefined> {
  const manifest = await from.manifest();
  const id = await named(manifest, key, current);
  return id === undefined ? undefined : [id, await snapshot(from, id), manifest];
}

/** The body of a preview link, for the engine to read; undefined unless the shop's key signed it. */
export async function preview(link: string, key: string): Promise<Bytes | undefined> {
  const bytes = bytesOf(link);
  if (!bytes || bytes.length < 64) return undefined;
  const body = bytes.slice(64);
  const signed = Uint8Array.from([...encode(PREVIEW_PREFIX), ...body]);
  return (await isSigned(key, signed, bytes.slice(0, 64)).catch(() => false)) ? body : undefined;
}
