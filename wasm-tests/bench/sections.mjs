// Reads the frame of a WebAssembly module: sections, function bodies, names. Nothing is interpreted beyond
// what tells how many bytes belong to which function.

const CODE = 10;
const DATA = 11;
const IMPORT = 2;
const CUSTOM = 0;
const SECTIONS = "custom type import function table memory global export start element code data data-count tag".split(" ");

class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    if (this.at >= this.bytes.length) throw new Error(`the module ends at ${this.at}, expected more`);
    return this.bytes[this.at++];
  }

  /** An unsigned LEB128 of at most 32 bits. */
  number() {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new Error(`a number at ${this.at} has more than five bytes`);
  }

  skip(length) {
    this.at += length;
  }

  text() {
    const length = this.number();
    this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }
}

/** Steps over the limits of a memory or a table; 64-bit ones are numbers too, as long as they are small. */
function limits(reader) {
  const flags = reader.byte();
  reader.number();
  if (flags & 1) reader.number();
}

function importedFunctions(reader) {
  let functions = 0;
  for (let left = reader.number(); left > 0; left--) {
    reader.text();
    reader.text();
    const kind = reader.byte();
    if (kind === 0) {
      functions += 1;
      reader.number();
    } else if (kind === 1) {
      reader.byte();
      limits(reader);
    } else if (kind === 2) limits(reader);
    else if (kind === 3) reader.skip(2);
    else throw new Error(`an import of kind ${kind}, expected 0 to 3`);
  }
  return functions;
}

function functionNames(reader, end, names) {
  while (reader.at < end) {
    const kind = reader.byte();
    const length = reader.number();
    const after = reader.at + length;
    if (kind === 1) {
      for (let left = reader.number(); left > 0; left--) {
        const number = reader.number();
        names.set(number, reader.text());
      }
    }
    reader.at = after;
  }
}

/**
 * The parts of a module: bytes of each section (header included), and for each function of the code section its
 * bytes (length prefix included) and its name, if the module keeps names.
 */
export function dissect(module) {
  const reader = new Reader(module, 8);
  if (Buffer.from(module.subarray(0, 8)).toString("hex") !== "0061736d01000000") throw new Error("no WebAssembly module of version 1");
  const sections = {};
  const bodies = [];
  const names = new Map();
  let imported = 0;
  while (reader.at < module.length) {
    const began = reader.at;
    const kind = reader.byte();
    const length = reader.number();
    const end = reader.at + length;
    if (end > module.length) throw new Error(`a section at ${began} ends at ${end}, the module at ${module.length}`);
    let name = SECTIONS[kind];
    if (name === undefined) throw new Error(`a section of kind ${kind} at ${began}, expected 0 to ${SECTIONS.length - 1}`);
    if (kind === CUSTOM) {
      name = `custom ${reader.text()}`;
      if (name === "custom name") functionNames(reader, end, names);
    } else if (kind === IMPORT) imported = importedFunctions(reader);
    else if (kind === CODE) {
      for (let left = reader.number(); left > 0; left--) {
        const from = reader.at;
        reader.skip(reader.number());
        bodies.push(reader.at - from);
      }
    }
    sections[name] = (sections[name] ?? 0) + end - began;
    reader.at = end;
  }
  const functions = bodies.map((bytes, at) => ({ bytes, name: names.get(imported + at) }));
  return { bytes: module.length, sections, functions, data: sections[SECTIONS[DATA]] ?? 0 };
}
