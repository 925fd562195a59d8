// What stands around the edge's `handle` on a platform that is not Cloudflare's: options, the engine's start, and the headers that
// only concern the connection to a client.
//
// A process has one engine and one set of snapshots, so it serves one shop.
//
// Invariant: what is wrong with the engine, a snapshot or the network is on the console, and the shop's page comes all the same.

import { wrong } from "./edge_check.js";
import { settingsFrom } from "./edge_config.js";
import { handle } from "./edge_handler.js";
import { lay } from "./edge_overlay.js";
import type { Env, Settings } from "./edge_settings.js";
import { isolate, within } from "./edge_snapshots.js";
import { answered, asked } from "./handler_headers.js";
import { engine, type Load, start, type Wasm } from "./server_engine.js";
import { message } from "./sync.js";
import { SlotwiseError } from "./types.js";

/** Time after which the engine is loaded again if it could not be, in milliseconds. */
const RETRY_MS = 5000;
/** Longest wait of a request for the engine, in milliseconds. */
const START_MS = 3000;

/** A variable's name in camel case. */
type Camel<Name extends string> = Name extends `${infer Word}_${infer Rest}`
  ? `${Lowercase<Word>}${Capitalize<Camel<Rest>>}`
  : Lowercase<Name>;
/** The option of a variable: its name in camel case, without `SLOTWISE_`. */
type OptionOf<Name extends string> = Camel<Name extends `SLOTWISE_${infer Rest}` ? Rest : Name>;

/** The Worker's variables (see `Env`) as options: `STORE_ORIGIN` is `storeOrigin`, `SLOTWISE_PUBLIC_KEY` is `publicKey`. */
export type HandlerSettings = {
  [Name in keyof Env & string as Required<Env>[Name] extends string ? OptionOf<Name> : never]?: string | number | boolean | string[];
};

/** What the platform knows of a visitor's network. Neither is stored. */
export interface Network {
  /** Two letters: `AF`, `AS`, `EU`, `NA`, `OC` or `SA`. */
  continent?: string | null | undefined;
  /** Name of the time zone, such as `Europe/Zurich`. */
  timezone?: string | null | undefined;
}

export interface HandlerOptions extends HandlerSettings {
  /** Address of the shop's own server, such as `https://origin.shop.example`. */
  storeOrigin: string;
  /** Content of the `.public` file of `slotwise keygen`. Two keys, separated by a space, while keys are being changed. */
  publicKey: string;
  /** Tells what the platform knows of a visitor's network. Without it, local hour and continent are unknown. */
  network?: (request: Request) => Network;
  /** `edge_engine_bg.wasm`, if it does not stand beside the package's scripts: its URL, its bytes or the compiled module. */
  wasm?: Wasm;
}

/** What a request does not say. */
export interface HandlerContext {
  /** The platform's `waitUntil`, so that work that outlives a response is done. */
  waitUntil?: (promise: Promise<unknown>) => void;
  /** The client's address, which is appended to `x-forwarded-for`. */
  address?: string | undefined;
}

/** The edge in front of a shop. */
export interface Handler {
  /** Answers a request. Never rejects. It needs no `this`. */
  readonly fetch: (request: Request, context?: HandlerContext) => Promise<Response>;
  /** Resolves once everything that outlives the responses so far is done, such as events on their way to the origin. */
  close(): Promise<void>;
}

/** Options as variables. Some variables have the prefix and some do not, so each option gets both names. */
function envOf(options: HandlerSettings): Env {
  const env: Record<string, string> = {};
  for (const [option, value] of Object.entries(options)) {
    const name = option.replace(/[A-Z]/g, "_$&").toUpperCase();
    if (value !== undefined) env[name] = env[`SLOTWISE_${name}`] = String(value).trim();
  }
  return env;
}

/** The shop of this process. */
let only: Settings | undefined;

/** The option of a variable's name. */
const optionOf = (name: string): string =>
  name
    .replace(/^SLOTWISE_/, "")
    .toLowerCase()
    .replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** The settings of options that can work. */
function settingsOf(options: HandlerOptions): Settings {
  const { wasm, network, ...others } = options;
  const env = envOf(others);
  const problems = wrong(env).map(([name, problem]) => problem.replaceAll(name, `the option ${optionOf(name)}`));
  if (!env.STORE_ORIGIN) problems.push("the option storeOrigin is empty, expected the address of the shop's own server");
  if (problems.length > 0) throw new SlotwiseError("sync", problems.join("; "));
  const settings = settingsFrom(env);
  if (only && (only.key !== settings.key || only.origin !== settings.origin)) {
    throw new SlotwiseError("sync", "this process has the handler of another shop; start a process for each shop");
  }
  only = settings;
  return settings;
}

const unreachable = (): Response =>
  new Response("The shop's server does not answer.\n", {
    status: 502,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  });

/** `createHandler` for a platform that loads the engine in its own way. */
export function creator(load: Load): (options: HandlerOptions) => Handler {
  return (options) => {
    const settings = settingsOf(options);
    let starting: Promise<void> | undefined;
    let failedAt: number | undefined;
    /** Starts the engine. Until it has started, pages pass through. */
    const begin = async (): Promise<void> => {
      try {
        await start(load, options.wasm);
        isolate.memory = engine.memory;
        isolate.opened = lay;
        isolate.broken = engine.broken;
      } catch (cause) {
        isolate.broken = true;
        failedAt = Date.now();
        console.error(`slotwise: pages pass through: ${message(cause)}`);
      }
    };
    const started = (): Promise<void> => {
      if (failedAt !== undefined && Date.now() - failedAt > RETRY_MS) failedAt = starting = undefined;
      starting ??= begin();
      return starting;
    };
    void started();

    const pending = new Set<Promise<unknown>>();
    const waiting = (context: HandlerContext | undefined) => ({
      waitUntil(promise: Promise<unknown>): void {
        const done = promise.catch(() => {}).finally(() => pending.delete(done));
        pending.add(done);
        context?.waitUntil?.(done);
      },
    });

    return {
      async fetch(request, context) {
        try {
          await within(START_MS, started()).catch(() => {});
          // After a trap the engine's memory cannot be trusted, by whichever entry it was used.
          isolate.broken ||= engine.broken;
          engine.broken = isolate.broken && engine.memory !== undefined;
          const prepared = asked(request, context?.address);
          if (options.network) Object.assign(prepared, { cf: options.network(request) });
          return answered(await handle(prepared, settings, waiting(context)));
        } catch (cause) {
          if (!request.signal.aborted) console.error(`slotwise: ${settings.store} does not answer: ${message(cause)}`);
          return unreachable();
        }
      },
      async close() {
        await Promise.all(pending);
      },
    };
  };
}
