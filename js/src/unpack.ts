// Unpacks an engine that travels inside of a script. Deflated before base64, it takes half the bytes of plain base64.

/** The file that was deflated and written in base64, as if it had been fetched. */
export function unpack(packed: string): Response {
  const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream, { headers: { "content-type": "application/wasm" } });
}
