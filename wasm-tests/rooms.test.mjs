// The reader that tells which room of the house the bytes of a Wasm module belong to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { dissect } from "./bench/sections.mjs";
import { room } from "./bench/symbols.mjs";

const text = (words) => [words.length, ...Buffer.from(words)];
const section = (kind, ...bytes) => [kind, bytes.length, ...bytes];
/** One imported function, two of its own with bodies of 2 and 4 bytes, 3 bytes of data, names for the first two. */
const module = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, 1, 0x60, 0, 0),
  ...section(2, 1, ...text("env"), ...text("call"), 0, 0),
  ...section(3, 2, 0, 0),
  ...section(5, 1, 0, 1),
  ...section(10, 2, 2, 0, 0x0b, 4, 0, 1, 1, 0x0b),
  ...section(11, 1, 0, 0x41, 0, 0x0b, 3, 1, 2, 3),
  ...section(0, ...text("name"), 1, 10, 2, 0, ...text("call"), 1, ...text("own")),
]);

test("a module's sections and functions add up to its bytes, and functions have their own names", () => {
  assert.ok(WebAssembly.validate(module), "the module of this test is one");
  const { bytes, sections, functions, data } = dissect(module);
  assert.equal(Object.values(sections).reduce((sum, each) => sum + each, 0) + 8, bytes);
  assert.deepEqual(functions, [
    { bytes: 3, name: "own" },
    { bytes: 5, name: undefined },
  ]);
  assert.equal(data, sections.data);
});

test("what is cut off or no module is refused", () => {
  assert.throws(() => dissect(module.subarray(0, 12)), /ends at 14, the module at 12/);
  assert.throws(() => dissect(Buffer.from("no module at all")), /no WebAssembly module/);
});

test("a function belongs to the module that defines it, however its symbol is mangled", () => {
  const expected = {
    "slotwise::decide::run::decide_all::h0123456789abcdef": "decide",
    "<slotwise::model::Model<B> as core::fmt::Debug>::fmt": "model",
    "<alloc::vec::Vec<T> as slotwise::snapshot::Read>::read": "snapshot",
    "<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop": "alloc",
    "core[c5930c85a12de822]::str::slice_error_fail": "core",
    "<char as core[c5930c85a12de822]::fmt::Debug>::fmt": "core",
    "<T as base64ct::encoding::Encoding>::encode": "base64ct",
    "js_sys::futures::future_to_promise::{{closure}}::{{closure}}::h4b50e3dc6f39b9d8": "async",
    _ZN8slotwise7session6packed4pack17h0123456789abcdefE: "session",
    "_ZN88_$LT$slotwise..event..Event$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE": "event",
    "_ZN4core3ptr51drop_in_place$LT$slotwise..decide..Board$GT$17h0123456789abcdefE": "core",
    _RNvMs_NtCs4fqI2P2rA04_8slotwise6decideNtB4_5Board3new: "decide",
    _RINvNtCs4fqI2P2rA04_4core3ptr13drop_in_placeNtNtCsX_8slotwise6decide5BoardE: "core",
    memcpy: "runtime",
    engine_track: "exports",
  };
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((symbol) => [symbol, room(symbol)])), expected);
});
