// Short names for what a Wasm module imports from its glue. wasm-bindgen ends each name with a hash of sixteen digits, which stands in
// both files and compresses badly: more than a kilobyte of the Worker's.

import { readFileSync, writeFileSync } from "node:fs";

const IMPORTS = 2;
const HASHED = /\b__wb[\w$]*_[0-9a-f]{16}\b/g;

/** Reads an unsigned LEB128 number: its value, and where it ends. */
function number(bytes, at) {
  let [value, shift] = [0, 0];
  for (;;) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    shift += 7;
    if (byte < 128) return [value, at];
  }
}

function encoded(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

/** Gives the imports of a module and of its glue short names, in both files. */
export function shorten(module, glue) {
  const script = readFileSync(glue, "utf8");
  const names = new Map([...new Set(script.match(HASHED))].map((name, at) => [name, `i${at.toString(36)}`]));
  const bytes = readFileSync(module);
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    const [length, begin] = number(bytes, at + 1);
    const section = bytes.subarray(begin, begin + length);
    const body = bytes[at] === IMPORTS ? renamed(section, names) : section;
    parts.push(bytes.subarray(at, at + 1), encoded(body.length), body);
    at = begin + length;
  }
  writeFileSync(module, Buffer.concat(parts));
  writeFileSync(
    glue,
    script.replace(HASHED, (name) => names.get(name)),
  );
}

/** A section of imports with other names. A name stands behind its length, and no other part of the section looks like one. */
function renamed(section, names) {
  let out = section;
  for (const [name, short] of names) {
    const [from, to] = [name, short].map((text) => Buffer.concat([encoded(text.length), Buffer.from(text)]));
    const at = out.indexOf(from);
    if (at < 0) throw new Error(`the glue has the import ${name}, the module does not; is it another version of wasm-bindgen?`);
    out = Buffer.concat([out.subarray(0, at), to, out.subarray(at + from.length)]);
  }
  return out;
}
