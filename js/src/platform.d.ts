// What platforms offer that the entries for servers use, as far as they use it.

/** A compiled module, as edge runtimes import it. */
declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "node:fs/promises" {
  export function readFile(url: URL): Promise<Uint8Array<ArrayBuffer>>;
}
