// Manifests that say what a test wants them to say, signed like real ones.

import { createHash, generateKeyPairSync, sign } from "node:crypto";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
export const DAY_MS = 86_400_000;

/** A key pair: the public key as a host is told of it, and what signs. */
export function keys() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const text = publicKey.export({ format: "jwk" }).x;
  return { publicKey: text, id: sha256(Buffer.from(text, "base64url")).slice(0, 16), privateKey };
}

/** The text of a manifest, signed by these pairs. */
export function manifest(fields, ...pairs) {
  const line = JSON.stringify({
    format: 2,
    sequence: 1,
    published_ms: Date.now(),
    max_age_s: 14 * 86_400,
    rollback: false,
    canary: null,
    overlay_key: null,
    off: [],
    ...fields,
  });
  const signed = Buffer.from(`slotwise manifest 2\n${line}`);
  const lines = pairs.map(({ id, privateKey }) => `${id} ${sign(null, signed, privateKey).toString("base64url")}`);
  return `${[line, ...lines].join("\n")}\n`;
}
