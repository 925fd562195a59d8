// Signatures with a secret that two servers share: of what the Worker sends to others, and of what it is asked by the shop's
// own servers.
//
// `slotwise-signature: t=<milliseconds since 1970>,v1=<hexadecimal HMAC-SHA256>`. The HMAC covers the time as it stands there, a
// dot, and the body. What was signed more than five minutes ago is refused, so nothing that was recorded can be sent again later.

import { bytesOf, hex } from "./sync.js";

/** The header that carries a signature. */
export const SIGNATURE = "slotwise-signature";
/** Greatest difference between the clocks of sender and receiver, in milliseconds. The origin has the same. */
const WINDOW_MS = 300_000;
/** Length of a key in bytes. */
const KEY_BYTES = 32;

const keys = new Map<string, Promise<CryptoKey>>();

/** The problem of a secret that is none. The message does not repeat it. */
export const badKey = (name: string): string => `${name} is not ${KEY_BYTES} bytes as base64url`;

function imported(key: string, name: string): Promise<CryptoKey> {
  const bytes = bytesOf(key);
  if (bytes?.length !== KEY_BYTES) throw new Error(badKey(name));
  let found = keys.get(key);
  if (!found) {
    found = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
    keys.set(key, found);
  }
  return found;
}

const encoded = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const ofHex = (digits: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(digits.match(/../g) ?? [], (digit) => Number.parseInt(digit, 16));

/** HMAC-SHA256 of a text. `name` is that of the setting that holds the key. Throws if the key is none. */
export const hmac = async (text: string, key: string, name: string): Promise<ArrayBuffer> =>
  crypto.subtle.sign("HMAC", await imported(key, name), encoded(text));

/** Whether an HMAC is that of a text, in constant time. */
export const isHmac = async (mac: Uint8Array<ArrayBuffer>, text: string, key: string, name: string): Promise<boolean> =>
  crypto.subtle.verify("HMAC", await imported(key, name), mac, encoded(text));

/** The header that proves where a body comes from; none without a key. */
export async function signature(body: string, key: string, name: string): Promise<Record<string, string>> {
  if (!key) return {};
  const time = Date.now();
  return { [SIGNATURE]: `t=${time},v1=${hex(new Uint8Array(await hmac(`${time}.${body}`, key, name)))}` };
}

/** What is wrong with the signature of a body; undefined if it is right. */
export async function wrong(header: string, body: string, key: string, name: string): Promise<string | undefined> {
  const [, time = "", digits = ""] = /^t=(\d{1,15}),v1=([\da-f]{64})$/.exec(header) ?? [];
  if (!time) return "it is malformed, expected t=<milliseconds since 1970>,v1=<64 hexadecimal digits>";
  if (Math.abs(Date.now() - Number(time)) > WINDOW_MS) return "it is more than five minutes old or new; set the clock of the caller";
  return (await isHmac(ofHex(digits), `${time}.${body}`, key, name)) ? undefined : `it does not fit; expected one with the key ${name}`;
}
