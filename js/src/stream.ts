// A page's bytes through the engine: read in chunks, personalised, written on.
//
// In workerd a BYOB reader and an IdentityTransformStream cost a third of any stream made in JavaScript; elsewhere the
// platform's own streams do. Nothing is held back but what the engine holds, and of that a copy is kept here: if the
// engine ever fails, those bytes and all that follow go out as they came.

/** A page being personalised: what the engine's class `Fitting` does. */
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

/** Hears why the engine could not go on with a page. */
export type Failed = (cause: unknown) => void;

const Identity = (globalThis as { IdentityTransformStream?: new () => TransformStream<Bytes, Bytes> }).IdentityTransformStream;

/** Most pages come in one piece of this size: each further one costs as much as reading it. */
const ROOM = 128 * 1024;
/** What the last bytes of a page that breaks off have to get out, in milliseconds. */
const FLUSH_MS = 10;
const spare: ArrayBuffer[] = [];

/** Reads a body; in workerd into one buffer, again and again: it has copied what was written when a write is done. */
class Source {
  readonly #reader: ReadableStreamBYOBReader | ReadableStreamDefaultReader<Bytes>;
  readonly #room: boolean;
  #buffer: ArrayBuffer | undefined;

  constructor(body: ReadableStream<Bytes>) {
    this.#room = Identity !== undefined;
    this.#reader = this.#room ? body.getReader({ mode: "byob" }) : body.getReader();
    if (this.#room) this.#buffer = spare.pop() ?? new ArrayBuffer(ROOM);
  }

  read(): Promise<ReadableStreamReadResult<Bytes>> {
    const view = this.#buffer && new Uint8Array(this.#buffer);
    return (this.#reader as ReadableStreamBYOBReader).read(view as Bytes) as Promise<ReadableStreamReadResult<Bytes>>;
  }

  /** What was read is done with. */
  give(value: Bytes | undefined): void {
    if (this.#room && value) this.#buffer = value.buffer;
  }

  /** The buffer serves the next page. */
  close(): void {
    if (this.#buffer?.byteLength === ROOM && spare.length < 8) spare.push(this.#buffer);
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
    if (held <= chunk.length) {
      this.#chunks = [chunk.slice(chunk.length - held)];
      this.#bytes = held;
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
  readonly #failed: Failed;
  #held = 0;
  #works = true;

  constructor(fitting: Fitting, reuses: boolean, failed: Failed) {
    this.#fitting = fitting;
    this.#reuses = reuses;
    this.#failed = failed;
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
    this.#failed(cause);
    return this.#kept.last(this.#held, chunk);
  }
}

async function pump(source: Source, writable: WritableStream<Bytes>, fitting: Fitting, failed: Failed): Promise<void> {
  const writer = writable.getWriter();
  const part = new Part(fitting, Identity !== undefined, failed);
  let broke: unknown;
  try {
    for (;;) {
      let read: ReadableStreamReadResult<Bytes> | undefined;
      try {
        read = await source.read();
      } catch (cause) {
        broke = cause ?? new Error("the store broke off");
      }
      const out = read && !read.done ? part.feed(read.value) : part.end(read !== undefined);
      if (out.length > 0) await writer.write(out);
      source.give(read?.value);
      if (!read || read.done) break;
    }
    // Where the store broke off, what came has gone out, and the page breaks off as well.
    if (broke) {
      // An abort drops what the platform has taken in and not sent yet.
      await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
      throw broke;
    }
    source.close();
    await writer.close();
  } catch (cause) {
    // Nobody reads any more, or there is nothing more to read.
    await Promise.allSettled([writer.abort(cause), source.cancel(cause)]);
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
export function fit(response: Response, fitting: Fitting, failed: Failed = () => {}): Response {
  const body = response.body as ReadableStream<Bytes>;
  const { readable, writable } = new (Identity ?? TransformStream)();
  const personalised = new Response(readable, response);
  apply(fitting.headers, personalised.headers);
  // Other platforms than workerd hand out the decoded body and do not encode it again.
  if (!Identity) personalised.headers.delete("content-encoding");
  pump(new Source(body), writable, fitting, failed);
  return personalised;
}
