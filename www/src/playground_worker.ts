// The thread of the playground that trains, so that the page stays alive meanwhile.
//
// The trainer is the Rust program, compiled for WASI. It reads and writes files, which are in memory here, and draws its
// progress bars on a terminal, which is read here. Bytes go in, a snapshot comes out, and nothing leaves the browser.
import { ConsoleStdout, File, OpenFile, PreopenDirectory, WASI } from "@bjorn3/browser_wasi_shim";

/** What the page sends. */
export interface Task {
  /** The click log: CSV or JSON lines, plain or gzipped. */
  log: Uint8Array;
  plan: string;
}

/** What the thread answers: progress, and at last the snapshot or the problem. */
export type Answer =
  | { kind: "progress"; what: string; percent: number }
  | { kind: "done"; root: Uint8Array<ArrayBuffer>; counts: number[] }
  | { kind: "problem"; text: string };

/** The part of the whole at which each of the trainer's bars begins, and its part, in percent. */
const BARS: [RegExp, number, number][] = [
  [/^reading/, 0, 20],
  [/^choosing/, 20, 50],
  [/./, 70, 30],
];

const answer = (message: Answer, lent: Transferable[] = []): void => postMessage(message, { transfer: lent });

/** Reads a progress bar: a message, a bar, a percentage. */
function read(drawn: string): void {
  // A bar is drawn over and over, each time with codes for the terminal.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the codes.
  const text = drawn.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").trim();
  const [, message = "", share = ""] = /^(.*?)[\s\u2588\u2591#>-]*\s(\d+)%/.exec(text) ?? [];
  if (!share) return;
  const [, from, part] = BARS.find(([pattern]) => pattern.test(message)) ?? [/./, 0, 100];
  answer({ kind: "progress", what: message.replace(/^reading .*/, "reading the log"), percent: from + (part * Number(share)) / 100 });
}

addEventListener("message", async ({ data }: MessageEvent<Task>) => {
  try {
    const files = new Map([
      ["log", new File(data.log)],
      ["plan.json", new File(new TextEncoder().encode(data.plan))],
    ]);
    const decoder = new TextDecoder();
    const terminal = new ConsoleStdout((bytes) => {
      for (const drawn of decoder.decode(bytes, { stream: true }).split(/[\r\n]/)) read(drawn);
    });
    const wasi = new WASI(
      ["playground"],
      ["TERM=xterm"],
      [new OpenFile(new File([])), terminal, terminal, new PreopenDirectory(".", files)],
      {
        debug: false,
      },
    );
    const response = await fetch(new URL("playground.wasm", import.meta.url));
    if (!response.ok) throw new Error(`the trainer is not there: status ${response.status}`);
    const module = await WebAssembly.compile(await response.arrayBuffer());
    const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport });
    wasi.start(instance as Parameters<WASI["start"]>[0]);
    const bytes = (name: string): Uint8Array | undefined => files.get(name)?.data;
    const root = bytes("root");
    if (!root) throw new Error(new TextDecoder().decode(bytes("problem")) || "the trainer ended without a word");
    const counts = new TextDecoder().decode(bytes("summary")).split(" ").map(Number);
    const own = new Uint8Array(root);
    answer({ kind: "done", root: own, counts }, [own.buffer]);
  } catch (cause) {
    answer({ kind: "problem", text: cause instanceof Error ? cause.message : String(cause) });
  }
});
