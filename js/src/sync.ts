// Snapshot sync, as browser, edge and servers share it: reads the manifest, checks it, and fetches files that it names.
//
// WebCrypto checks hashes and signatures. That is fast, and keeps cryptography out of the Wasm. On a host without Ed25519 the
// check fails, so there is no model, and the shop's own page is shown.
//
// Invariants: no body is read further than it may be long, nothing is waited for without a deadline, and nobody gets bytes that
// were not compared with the hash by which a signed manifest names them.

import { MANIFEST_PREFIX, type Manifest, PREVIEW_PREFIX } from "./contract.js";

export type Bytes = Uint8Array<ArrayBuffer>;

/** Longest manifest in bytes. */
const MAX_MANIFEST = 16_384;
/** How far the clock of a host may be behind the publisher's, in milliseconds: two days. */
const BEHIND_MS = 172_800_000;
/** Longest wait for a manifest or a small file, in milliseconds. */
export const DEADLINE_MS = 5000;

/** What kept a host from a new snapshot, in a word that tells strangers nothing. */
export type Trouble =
  | "unreachable"
  | "late"
  | "too long"
  | "malformed"
  | "unsigned"
  | "lower sequence"
  | "older model"
  | "expired"
  | "clock"
  | "wrong hash"
  | "store"
  | "engine";

export class SyncError extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble, message: string) {
    super(message);
    this.trouble = trouble;
  }
}

/** What another version has published. */
export const otherFormat = (what: string) => new SyncError("malformed", `the ${what} has another format; publish with this version`);

/** A manifest that one of the shop's keys signed, with its text. */
export interface Trusted extends Manifest {
  text: string;
}

const encode = (text: string): Bytes => new TextEncoder().encode(text);

/** The message of a thrown value. */
export const message = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

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

/** Encodes bytes as base64url without padding. */
export const base64 = (bytes: number[]): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** WebCrypto, which browsers offer in secure contexts only. */
function subtle(): SubtleCrypto {
  if (globalThis.crypto?.subtle) return crypto.subtle;
  throw new Error("WebCrypto needs https or localhost");
}

/** Bytes as hexadecimal digits. */
export const hex = (bytes: ArrayLike<number>): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** SHA-256 as hexadecimal digits. */
export const hash = async (bytes: Bytes): Promise<string> => hex(new Uint8Array(await subtle().digest("SHA-256", bytes)));

/** The public keys of a setting, which holds one or two. */
export const keysOf = (setting: string): string[] => setting.split(/[\s,]+/).filter(Boolean);

/** Whether an Ed25519 signature fits the key and the bytes. */
async function isSigned(key: Bytes, bytes: Bytes, signature: Bytes): Promise<boolean> {
  try {
    return await subtle().verify("Ed25519", await subtle().importKey("raw", key, "Ed25519", false, ["verify"]), signature, bytes);
  } catch (cause) {
    throw new Error(`no Ed25519: ${message(cause)}`);
  }
}

/** A public key's bytes. */
export function keyBytes(key: string): Bytes {
  const bytes = bytesOf(key);
  if (bytes?.length === 32) return bytes;
  throw new SyncError("unsigned", `public key "${key}", expected 43 characters`);
}

/** Ends with an error if something is longer than it may be. */
function bound(length: number, most: number): void {
  if (length > most) throw new SyncError("too long", `longer than ${most} bytes`);
}

/** Reads a body chunk by chunk. */
export type Reader = Pick<ReadableStreamDefaultReader<Bytes>, "read" | "cancel">;

/** Hands the chunks of a body to `take`. Ends with an error past `most` bytes. */
export async function pour(reader: Reader, most: number, take: (chunk: Bytes) => void): Promise<void> {
  try {
    for (let length = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      length += value.length;
      bound(length, most);
      take(value);
    }
  } catch (cause) {
    reader.cancel().catch(() => {});
    throw cause;
  }
}

/** Asks for a URL, with a deadline. */
export const asked = (url: string, more?: RequestInit, ms = DEADLINE_MS): Promise<Response> =>
  // Older browsers wait for as long as the network does.
  fetch(url, { ...more, signal: AbortSignal.timeout?.(ms) ?? null });

/** Hands the body of a URL's answer to `take`, read with `readerOf`. Every failure names the URL. */
export async function get(
  url: string,
  most: number,
  take: (chunk: Bytes) => void,
  answer: Response | Promise<Response> = asked(url),
  readerOf = (body: ReadableStream<Bytes>): Reader => body.getReader(),
): Promise<void> {
  try {
    const { ok, status, body } = await answer;
    if (!ok || !body) throw new Error(`status ${status}, expected 200`);
    await pour(readerOf(body), most, take);
  } catch (cause) {
    const { name, trouble = name === "TimeoutError" ? "late" : "unreachable" } = cause as Error & { trouble?: Trouble };
    throw new SyncError(trouble, `${url}: ${message(cause)}`);
  }
}

/** All that is poured. */
export async function collected(source: (take: (chunk: Bytes) => void) => Promise<void>): Promise<Bytes> {
  const chunks: Bytes[] = [];
  // Copies, because the platform may use its buffers again.
  await source((chunk) => chunks.push(chunk.slice()));
  // Not by a Blob, whose bytes another process keeps.
  const all = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** A whole file of at most so many bytes. */
export const fetched = (url: string, most: number, answer?: Response | Promise<Response>): Promise<Bytes> =>
  collected((take) => get(url, most, take, answer));

/** The text of a manifest. */
export const manifestAt = async (base: string, answer?: Promise<Response>): Promise<string> =>
  new TextDecoder().decode(await fetched(`${base}/manifest`, MAX_MANIFEST, answer));

/** The bytes, if their hash begins with this name. */
export async function named(bytes: Bytes, name: string): Promise<Bytes> {
  const found = await hash(bytes);
  if (found.startsWith(name)) return bytes;
  throw new SyncError("wrong hash", `SHA-256 is ${found.slice(0, name.length)}, expected ${name}: damaged or swapped`);
}

/**
 * The manifest of a text, if one of the keys signed it. Its lines: the JSON, and for each of one or two keys the key's id and its
 * signature.
 */
export async function signed(text: string, keys: string): Promise<Trusted> {
  bound(text.length, MAX_MANIFEST);
  const [json = "", ...lines] = text.trimEnd().split("\n", 4);
  for (const key of keysOf(keys).map(keyBytes)) {
    const id = (await hash(key)).slice(0, 16);
    for (const line of lines) {
      const signature = bytesOf(line.slice(17));
      if (line.startsWith(`${id} `) && signature && (await isSigned(key, encode(MANIFEST_PREFIX + json), signature)))
        return { ...read(json), text };
    }
  }
  throw new SyncError("unsigned", `no signature of the manifest fits public key ${keys}`);
}

/** The manifest of a text, if it is signed, may follow `last`, which the host has, and has not expired. */
export async function trusted(text: string, keys: string, last?: Trusted): Promise<Trusted> {
  const found = text === last?.text ? last : follows(await signed(text, keys), last);
  const trouble = troubleAt(found);
  if (!trouble) return found;
  const time = new Date(found.published_ms).toISOString();
  throw new SyncError(trouble, `the manifest is of ${time}: too old, or a wrong clock`);
}

/** Reads the JSON of a manifest. It is signed, so it is not examined further than it takes to fail here and not later. */
function read(json: string): Manifest {
  const found = JSON.parse(json) as Manifest;
  const sound = [found.current, found.canary?.release].every((release) => !release || /^[\da-f]{64}$/.test(release.snapshot));
  if (found.format === 2 && found.current && sound && found.sequence >= 0 && found.published_ms + found.max_age_s > 0) return found;
  throw otherFormat("manifest");
}

/** The manifest, unless it is older than the last one. */
function follows(found: Trusted, last: Trusted | undefined): Trusted {
  if (!last) return found;
  if (found.sequence <= last.sequence) {
    throw new SyncError("lower sequence", `sequence ${found.sequence}, expected more than ${last.sequence}`);
  }
  if (found.current.newest_ms < last.current.newest_ms && !found.rollback) {
    throw new SyncError("older model", "an older snapshot, and no rollback");
  }
  return found;
}

/** Whether a path is one of those that are switched off, or below one. */
export const isOff = (path: string, off: string[]): boolean => off.some((each) => `${path}/`.startsWith(`${each.replace(/\/$/, "")}/`));

/** Whether a manifest may be used at this time. */
export function troubleAt({ published_ms, max_age_s }: Manifest, now = Date.now()): "expired" | "clock" | undefined {
  if (now > published_ms + max_age_s * 1000) return "expired";
  return now < published_ms - BEHIND_MS ? "clock" : undefined;
}

/** The body of bytes that begin with a signature of one of the keys; undefined unless it fits. */
export async function opened(signed: Bytes | undefined, prefix: string, keys: string): Promise<Bytes | undefined> {
  if (!signed || signed.length < 64) return undefined;
  const body = signed.slice(64);
  const all = Uint8Array.from([...encode(prefix), ...body]);
  for (const key of keysOf(keys)) {
    if (await isSigned(bytesOf(key) ?? all, all, signed.slice(0, 64)).catch(() => false)) return body;
  }
  return undefined;
}

/** The body of a preview link, for the engine to read; undefined unless the shop's key signed it. */
export const preview = (link: string, keys: string): Promise<Bytes | undefined> => opened(bytesOf(link), PREVIEW_PREFIX, keys);
