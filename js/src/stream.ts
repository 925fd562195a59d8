// A page's bytes through the engine: read in chunks, fitted, written on.
//
// In workerd a BYOB reader and an IdentityTransformStream cost a third of any stream made in JavaScript; elsewhere the
// platform's own streams do. Nothing is held back but what the engine holds, and of that a copy is kept here: if the
// engine ever fails, those bytes and all that follow go out as they came.

/** A page being fitted: what the engine's class `Fitting` does. */
export interface Fitting {
  /** Takes a chunk. Returns how many bytes have to go out now; -1 if that is the chunk as it came. */
  feed(chunk: Uint8Array): number;
  /** Ends the page. Returns how many bytes have to go out yet. */
  end(): number;
  /** Writes what has to go out into an array of just that length. */
  take(into: Uint8Array): void;
  /** Bytes that came in and have not gone out: the last ones. */
  readonly held: number;
  /** What becomes of the headers, a line each: `+name: value`, `=name: value`, `-name`. */
  readonly headers: string;
  free(): void;
}

type Bytes = Uint8Array<ArrayBuffer>;

interface Reader {
  read(): Promise<{ done: boolean; value?: Bytes | undefined }>;
  cancel(cause: unknown): Promise<void>;
}

const Identity = (globalThis as { IdentityTransformStream?: new () => TransformStream<Bytes, Bytes> }).IdentityTransformStream;

const ROOM = 64 * 1024;
const spare: ArrayBuffer[] = [];

/** Reads into one buffer, again and again: workerd has copied what was written when the write is done. */
class OneBuffer implements Reader {
  readonly #reader: ReadableStreamBYOBReader;
  #room = spare.pop() ?? new ArrayBuffer(ROOM);

  constructor(body: ReadableStream<Bytes>) {
    this.#reader = body.getReader({ mode: "byob" });
  }

  async read(): Promise<{ done: boolean; value?: Bytes | undefined }> {
    const read = await this.#reader.read(new Uint8Array(this.#room));
    if (read.value) this.#room = read.value.buffer as ArrayBuffer;
    if (read.done && spare.length < 8 && this.#room.byteLength === ROOM) spare.push(this.#room);
    return read as { done: boolean; value?: Bytes };
  }

  cancel(cause: unknown): Promise<void> {
    return this.#reader.cancel(cause);
  }
}

/** Copies of the chunks that have not gone out whole. */
class Kept {
  #chunks: Bytes[] = [];
  #bytes = 0;

  /** A chunk came, after which so many bytes are held. */
  add(chunk: Bytes, held: number): void {
    if (held === 0) {
      if (this.#bytes > 0) this.#chunks = [];
      this.#bytes = 0;
      return;
    }
    this.#chunks.push(chunk.slice());
    this.#bytes += chunk.length;
    let gone = 0;
    while (this.#bytes - (this.#chunks[gone]?.length ?? 0) >= held) this.#bytes -= this.#chunks[gone++]?.length ?? 0;
    if (gone > 0) this.#chunks.splice(0, gone);
  }

  /** The last bytes that came, and `more`. */
  last(held: number, more?: Bytes): Bytes {
    const all = new Uint8Array(this.#bytes + (more?.length ?? 0));
    let at = 0;
    for (const chunk of more ? [...this.#chunks, more] : this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all.subarray(this.#bytes - held);
  }
}

/** The engine's part of a page, until it fails; from then on bytes pass as they come. */
class Part {
  readonly #fitting: Fitting;
  readonly #reuses: boolean;
  readonly #kept = new Kept();
  #held = 0;
  #works = true;

  constructor(fitting: Fitting, reuses: boolean) {
    this.#fitting = fitting;
    this.#reuses = reuses;
  }

  /** What has to go out after a chunk. */
  feed(chunk: Bytes): Bytes {
    if (!this.#works) return chunk;
    try {
      const length = this.#fitting.feed(chunk);
      const held = this.#fitting.held;
      const out = length < 0 ? chunk : length === 0 ? chunk.subarray(0, 0) : undefined;
      if (held > 0 || this.#held > 0) this.#kept.add(chunk, held);
      this.#held = held;
      return out ?? this.#taken(length, chunk);
    } catch (cause) {
      return this.#fail(cause, chunk);
    }
  }

  /** What has to go out when the page has ended, or has broken off. */
  end(whole: boolean): Bytes {
    if (!this.#works) return new Uint8Array(0);
    try {
      return whole ? this.#taken(this.#fitting.end()) : this.#kept.last(this.#held);
    } catch (cause) {
      return this.#fail(cause);
    }
  }

  #taken(length: number, chunk?: Bytes): Bytes {
    const fits = this.#reuses && chunk && chunk.buffer.byteLength >= length;
    const out = fits ? new Uint8Array(chunk.buffer, 0, length) : new Uint8Array(length);
    if (length > 0) this.#fitting.take(out);
    return out;
  }

  #fail(cause: unknown, chunk?: Bytes): Bytes {
    console.error("slotwise: the rest of this page stays as it is", cause);
    this.#works = false;
    return this.#kept.last(this.#held, chunk);
  }
}

async function pump(reader: Reader, writable: WritableStream<Bytes>, fitting: Fitting): Promise<void> {
  const writer = writable.getWriter();
  const part = new Part(fitting, Identity !== undefined);
  try {
    for (;;) {
      const read = await reader.read().catch(async (cause: unknown) => {
        // The store broke off: what came goes out, and then the page breaks off as well.
        const rest = part.end(false);
        if (rest.length > 0) await writer.write(rest);
        throw cause;
      });
      if (read.done || !read.value) break;
      const out = part.feed(read.value);
      if (out.length > 0) await writer.write(out);
    }
    const rest = part.end(true);
    if (rest.length > 0) await writer.write(rest);
    await writer.close();
  } catch (cause) {
    // Nobody reads any more, or there is nothing more to read.
    await Promise.allSettled([writer.abort(cause), reader.cancel(cause)]);
  } finally {
    fitting.free();
  }
}

/** Applies header lines as [`Fitting.headers`] has them. */
export function apply(lines: string, headers: Headers): void {
  for (const line of lines.split("\n")) {
    const colon = line.indexOf(": ");
    const name = colon < 0 ? line.slice(1) : line.slice(1, colon);
    if (line[0] === "+") headers.append(name, line.slice(colon + 2));
    else if (line[0] === "=") headers.set(name, line.slice(colon + 2));
    else if (line[0] === "-") headers.delete(name);
  }
}

/** Whether a response's body can be read as the page it is: platforms decode these encodings, or there is none. */
export function readable(response: Response): boolean {
  return response.body !== null && /^(identity|gzip|br)?$/i.test(response.headers.get("content-encoding") ?? "");
}

/** The response with its slots filled while it streams. It takes the fitting over, and frees it. */
export function fit(response: Response, fitting: Fitting): Response {
  const body = response.body as ReadableStream<Bytes>;
  const { readable, writable } = new (Identity ?? TransformStream)();
  const fitted = new Response(readable, response);
  apply(fitting.headers, fitted.headers);
  // Other platforms than workerd hand out the decoded body and do not encode it again.
  if (!Identity) fitted.headers.delete("content-encoding");
  pump(Identity ? new OneBuffer(body) : (body.getReader() as Reader), writable, fitting);
  return fitted;
}
