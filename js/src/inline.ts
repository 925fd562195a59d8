// The entry `slotwise/inline`: the same package with the engines inside of scripts, for bundlers that lose Wasm files. The
// build makes it from index.ts.

export * from "./index.js";
