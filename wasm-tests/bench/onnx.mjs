// The peer that many shops would take: embeddings of 64 numbers an item, all compared with the session's,
// the best 20 kept, in ONNX Runtime Web. The model is written here, by hand, so that no file is needed.

import { createRequire } from "node:module";
import { join } from "node:path";
import { installed } from "./peers.mjs";

const VERSION = "1.30.0";
const WIDTH = 64;

/** A protobuf field: a number as varint, bytes with their length. */
function field(number, value) {
  if (typeof value === "number") return Buffer.concat([varint(number << 3), varint(value)]);
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

const concat = (...parts) => Buffer.concat(parts);
const FLOAT = 1;
const INT8 = 3;
const INT64 = 7;

const tensor = (name, type, dims, raw) =>
  field(5, concat(...dims.map((dim) => field(1, dim)), field(2, type), field(8, name), field(9, raw)));
const shape = (dims) => field(2, concat(...dims.map((dim) => field(1, field(1, dim)))));
const value = (number, name, type, dims) => field(number, concat(field(1, name), field(2, field(1, concat(field(1, type), shape(dims))))));
const node = (kind, inputs, outputs, attributes = []) =>
  field(1, concat(...inputs.map((name) => field(1, name)), ...outputs.map((name) => field(2, name)), field(4, kind), ...attributes));

/** An ONNX model: query times embeddings, top 20. */
function model(items, type, embeddings) {
  const product =
    type === FLOAT
      ? [node("MatMul", ["query", "items"], ["scores"])]
      : [
          node("MatMulInteger", ["query", "items"], ["sums"]),
          node("Cast", ["sums"], ["scores"], [field(5, concat(field(1, "to"), field(3, FLOAT), field(20, 2)))]),
        ];
  const places = Buffer.alloc(8);
  places.writeBigInt64LE(20n);
  const graph = concat(
    ...product,
    node("TopK", ["scores", "places"], ["best", "numbers"]),
    field(2, "scan"),
    tensor("items", type, [WIDTH, items], embeddings),
    tensor("places", INT64, [1], places),
    value(11, "query", type, [1, WIDTH]),
    value(12, "best", FLOAT, [1, 20]),
    value(12, "numbers", INT64, [1, 20]),
  );
  return concat(field(1, 8), field(8, concat(field(1, ""), field(2, 13))), field(7, graph));
}

/** Median microseconds of a scan, by type of number; throws where the runtime cannot be had. */
export async function scan(items) {
  const folder = installed("onnx", `onnxruntime-web@${VERSION}`);
  const runtime = createRequire(join(folder, "package.json"))("onnxruntime-web");
  runtime.env.wasm.numThreads = 1;
  const found = {};
  for (const [name, type, bytes] of [
    ["f32", FLOAT, 4],
    ["int8", INT8, 1],
  ]) {
    const embeddings = Buffer.alloc(items * WIDTH * bytes);
    for (let at = 0; at < items * WIDTH; at++) {
      const number = ((at * 2654435761) % 251) - 125;
      if (type === FLOAT) embeddings.writeFloatLE(number / 125, at * 4);
      else embeddings.writeInt8(number, at);
    }
    const session = await runtime.InferenceSession.create(model(items, type, embeddings), { executionProviders: ["wasm"] });
    const query = new runtime.Tensor(
      name === "f32" ? "float32" : "int8",
      (type === FLOAT ? Float32Array : Int8Array).from({ length: WIDTH }, (_, at) => at % 7),
      [1, WIDTH],
    );
    const times = [];
    for (let round = 0; round < 60; round++) {
      const began = process.hrtime.bigint();
      const { numbers } = await session.run({ query });
      if (numbers.data.length !== 20) throw new Error(`ONNX Runtime gave ${numbers.data.length} numbers, expected 20`);
      if (round >= 10) times.push(Number(process.hrtime.bigint() - began) / 1000);
    }
    times.sort((a, b) => a - b);
    found[name] = times[times.length >> 1];
    await session.release();
  }
  return { ...found, version: VERSION };
}
