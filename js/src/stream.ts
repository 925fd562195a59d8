// Streams a page through the engine: reads chunks, personalises them, writes them.
//
// In workerd a BYOB reader with an IdentityTransformStream costs a third of any stream made in JavaScript. Other platforms
// use their standard streams. Only what the engine holds is held back, and a copy of it is kept here: if the engine ever
// fails, those bytes and all that follow go out unchanged.

import { DROPPED, DROPPED_ENDS } from "./contract.js";

/** A page being personalised. The engine's class `Fitting` implements it. */
export interface Fitting {
  /** Takes a chunk. Returns how many bytes must go out now; -1 if they are exactly the chunk. */
  feed(chunk: Uint8Array): number;
  /** Ends the page. Returns how many bytes must still go out. */
  end(): number;
  /** Copies the bytes that must go out to an array of exactly that length. */
  take(into: Uint8Array): void;
  /** Number of bytes that came in and have not gone out. They are the last ones. */
  readonly held: number;
  /** Changes of the headers, one per line: `+name: value` appends, `=name: value` sets. */
  readonly headers: string;
  free(): void;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Receives the reason why the engine failed on a page. */
export type Failed = (cause: unknown) => void;

const Identity = (globalThis as { IdentityTransformStream?: new () => TransformStream<Bytes, Bytes> }).IdentityTransformStream;

/** Size of the read buffer in bytes. Most pages fit into it, and each further chunk costs about as much as scanning it. */
const ROOM = 128 * 1024;
/** Time for the last bytes of a broken-off page to get out, in milliseconds. */
const FLUSH_MS = 10;
/** Read buffers of finished pages, for the next ones, so that not every page allocates and clears 128 kB. */
const spare: ArrayBuffer[] = [];

/** Reads a body. In workerd it reuses one buffer, because a finished write has copied its bytes. */
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

  /** Returns the buffer of a chunk that is no longer needed. */
  give(value: Bytes | undefined): void {
    if (this.#room && value) this.#buffer = value.buffer;
  }

  /** Makes the buffer available to the next page. */
  close(): void {
    if (this.#buffer?.byteLength === ROOM && spare.length < 8) spare.push(this.#buffer);
  }

  cancel(cause: unknown): Promise<void> {
    return this.#reader.cancel(cause);
  }
}

/** Copies of the chunks that have not completely gone out. */
class Kept {
  #chunks: Bytes[] = [];
  #bytes = 0;

  /** Adds a chunk, after which `held` bytes are held. */
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
    // Copied, because the source reuses its buffer for the next chunk.
    this.#chunks.push(chunk.slice());
    this.#bytes += chunk.length;
    let gone = 0;
    while (this.#bytes - (this.#chunks[gone]?.length ?? 0) >= held) this.#bytes -= this.#chunks[gone++]?.length ?? 0;
    if (gone > 0) this.#chunks.splice(0, gone);
  }

  /** The last `held` bytes, followed by `more`. */
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

/** Passes chunks to the engine. After a failure of the engine, chunks pass unchanged. */
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

  /** The bytes that must go out after a chunk. */
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

  /** The bytes that must go out when the page has ended or broken off. */
  end(whole: boolean): Bytes {
    if (!this.#works) return new Uint8Array(0);
    try {
      return whole ? this.#taken(this.#fitting.end()) : this.#kept.last(this.#held);
    } catch (cause) {
      return this.#fail(cause);
    }
  }

  /** Takes bytes out of the engine, into the chunk's own buffer where it may be overwritten and is large enough. */
  #taken(length: number, chunk?: Bytes): Bytes {
    const fits = this.#reuses && chunk && chunk.buffer.byteLength >= length;
    const out = fits ? new Uint8Array(chunk.buffer, 0, length) : new Uint8Array(length);
    if (length > 0) this.#fitting.take(out);
    return out;
  }

  /** From now on, chunks pass unchanged. Returns what the engine held, which comes before them. */
  #fail(cause: unknown, chunk?: Bytes): Bytes {
    this.#works = false;
    this.#failed(cause);
    return this.#kept.last(this.#held, chunk);
  }
}

/** Moves a page from the source to the response, through the engine. Never rejects. */
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
    // If the store broke off, everything received has gone out, and this response breaks off too.
    if (broke) {
      // An abort drops bytes that the platform has accepted but not sent yet.
      await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
      throw broke;
    }
    source.close();
    await writer.close();
  } catch (cause) {
    // The reader has gone, or there is nothing more to read.
    await Promise.allSettled([writer.abort(cause), source.cancel(cause)]);
  } finally {
    fitting.free();
  }
}

/** Applies the header changes of `Fitting.headers`. */
export function apply(lines: string, headers: Headers): void {
  for (const line of lines.split("\n")) {
    const colon = line.indexOf(": ");
    const name = line.slice(1, colon);
    if (line[0] === "+") headers.append(name, line.slice(colon + 2));
    else if (line[0] === "=") headers.set(name, line.slice(colon + 2));
  }
}

/** Names of the headers in which the store speaks of its own bytes, and of who may keep them. */
const OF_THE_STORE = new RegExp(`^(${DROPPED.join("|")})$|(${DROPPED_ENDS.join("|")})$`);

/** Whether a content type is that of a page, in any case and spacing. */
export const isHtml = (type: string): boolean => /^text\/html *(;|$)/i.test(type);

/** Whether the body of a response can be read: it has no content encoding, or one that platforms decode. */
export const readable = ({ headers }: Response): boolean => /^(identity|gzip|br)?$/i.test(headers.get("content-encoding") ?? "");

/**
 * Returns the response with its slots filled while it streams, and with the headers of a fitted page; a response without a body with
 * the same headers. Takes ownership of `fitting` and frees it.
 */
export function fit(response: Response, fitting: Fitting, failed: Failed = () => {}): Response {
  const body = response.body as ReadableStream<Bytes> | null;
  const through = body && new (Identity ?? TransformStream)();
  const personalised = new Response(through?.readable, response);
  const { headers } = personalised;
  for (const name of [...headers.keys()]) if (OF_THE_STORE.test(name)) headers.delete(name);
  apply(fitting.headers, headers);
  // Platforms other than workerd return the decoded body and do not encode it again.
  if (!Identity) headers.delete("content-encoding");
  if (through) pump(new Source(body), through.writable, fitting, failed);
  else fitting.free();
  return personalised;
}
