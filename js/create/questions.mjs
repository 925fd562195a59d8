// The questions: what the command line does not say is asked on the terminal, with an answer proposed.
//
// Each answer is checked when it is given. A wrong answer of a person is asked again, one of the command line is an error.

import { existsSync, readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { createInterface } from "node:readline";

/** How long a shop may take to answer, in milliseconds. */
const PATIENCE_MS = 10_000;

const url = (text) => (URL.canParse(text) ? new URL(text) : undefined);
const isLocal = (host) => /^(localhost|127\.[\d.]+|\[::1\])$/.test(host);

/** The origin of an address that a person typed, which may lack its scheme. */
function originOf(text, what) {
  const typed = text.trim();
  const found = url(/^\w+:\/\//.test(typed) ? typed : `https://${typed}`);
  if (!typed || !found || !/^https?:$/.test(found.protocol)) throw new Error(`${what} "${typed}" is no address, such as https://shop.de`);
  return found.origin;
}

function folder(text) {
  const name = text.trim();
  if (!name) throw new Error("the project needs a folder");
  const path = resolve(name);
  if (path === process.cwd()) throw new Error("the project needs a folder of its own, below this one");
  if (existsSync(path) && readdirSync(path).length > 0)
    throw new Error(`${name} is there already and is not empty; nothing is overwritten`);
  if (!/[a-z0-9]/i.test(basename(path))) throw new Error(`"${name}" has no letter or digit, which the Worker's name needs`);
  return name;
}

async function shop(text) {
  const origin = originOf(text, "the shop's address");
  try {
    const response = await fetch(origin, { signal: AbortSignal.timeout(PATIENCE_MS) });
    await response.body?.cancel();
    if (response.status < 500) return origin;
    throw new Error(`status ${response.status}`);
  } catch (cause) {
    const why = cause.cause?.message || cause.cause?.code || cause.message;
    throw new Error(`${origin} does not answer (${why}); is the address right, and can this machine reach it?`);
  }
}

function routes(text) {
  const patterns = text.split(",").map((pattern) => pattern.trim());
  if (patterns.length === 1 && ["", "none"].includes(patterns[0])) return [];
  const wrong = patterns.find((pattern) => !/^[\w*][\w.*-]*\.[\w-]+\/\S*$/.test(pattern));
  if (wrong !== undefined) throw new Error(`"${wrong}" is no route, such as shop.de/*`);
  return patterns;
}

function product(text) {
  const pattern = text.trim();
  if (!pattern.includes("{id}")) throw new Error(`"${pattern}" has no {id}, where the product's id stands`);
  // It becomes a word of a command in package.json.
  if (!/^[\w\-./{}#?=&~:+@]+$/.test(pattern)) throw new Error(`"${pattern}" has a character that an address of products cannot have here`);
  return pattern;
}

function ga4(text) {
  const word = text.trim().toLowerCase();
  if (["yes", "y"].includes(word)) return true;
  if (["no", "n"].includes(word)) return false;
  throw new Error(`"${word}" is neither yes nor no`);
}

/** What is asked, in this order: the words, the answer proposed, and how an answer is read. */
const QUESTIONS = {
  folder: { words: "Folder of the project", usual: () => "slotwise-worker", read: folder },
  shop: { words: "Address of the shop", usual: () => "", read: shop },
  routes: {
    words: "Addresses that go through the Worker (none: not yet)",
    usual: ({ shop }) => (isLocal(new URL(shop).hostname) ? "none" : `${new URL(shop).hostname}/*`),
    read: routes,
  },
  product: { words: "Address of a product's page", usual: () => "/product/{id}", read: product },
  ga4: { words: "Do the pages report Google Analytics 4 events (yes, no)", usual: () => "yes", read: ga4 },
  // Not asked: where the origin will run is often not known on the first day.
  origin: { usual: () => "", read: (text) => (text.trim() ? originOf(text, "the origin's address") : "") },
};

/** The lines of a terminal or a pipe, one at a time; undefined at the end. */
function lines() {
  const reader = createInterface({ input: process.stdin, terminal: false });
  const next = reader[Symbol.asyncIterator]();
  return { line: async () => (await next.next()).value, close: () => reader.close() };
}

/** Answers to all questions: those given, and the others from a person. */
export async function ask(given) {
  const answers = {};
  let person;
  for (const [name, { words, usual, read }] of Object.entries(QUESTIONS)) {
    const proposed = usual(answers);
    if (given[name] !== undefined || !words) {
      answers[name] = await read(given[name] ?? proposed);
      continue;
    }
    person ??= lines();
    while (!(name in answers)) {
      process.stdout.write(`${words}${proposed ? ` [${proposed}]` : ""}: `);
      const line = await person.line();
      if (line === undefined)
        throw new Error(`the input ended before an answer; \`npm create slotwise@latest -- --help\` lists the flags that answer`);
      try {
        answers[name] = await read(line.trim() || proposed);
      } catch (cause) {
        console.log(`  ${cause.message}`);
      }
    }
  }
  person?.close();
  return answers;
}
