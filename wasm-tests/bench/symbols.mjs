// Which room of the house a function of a Wasm module lives in, by its Rust symbol: mangled the legacy way,
// by v0, or demangled already. Only the module that defines a function is read from it.

const ESCAPES = { SP: "@", BP: "*", RF: "&", LT: "<", GT: ">", LP: "(", RP: ")", C: "," };

/** `_ZN8slotwise6decide3run17h…E` as `slotwise::decide::run`. */
function legacy(symbol) {
  const parts = [];
  let rest = symbol.slice(3);
  for (let found = /^\d+/.exec(rest); found; found = /^\d+/.exec(rest)) {
    const from = found[0].length;
    parts.push(rest.slice(from, from + Number(found[0])));
    rest = rest.slice(from + Number(found[0]));
  }
  const plain = (part) =>
    part
      .replace(/^_\$/, "$")
      .replace(/\$u([0-9a-f]+)\$/g, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)))
      .replace(/\$([A-Z]+)\$/g, (whole, name) => ESCAPES[name] ?? whole)
      .replaceAll("..", "::");
  return parts.map(plain).join("::");
}

/** The first crate of a v0 symbol and the modules right behind it: where the function, or its `impl`, stands. */
function v0(symbol) {
  const crate = /C(?:s[0-9a-zA-Z]*_)?(?=[1-9])/.exec(symbol);
  if (!crate) return symbol;
  const parts = [];
  let rest = symbol.slice(crate.index + crate[0].length);
  for (let found = /^(?:s[0-9a-zA-Z]*_)?(\d+)_?/.exec(rest); found; found = /^(?:s[0-9a-zA-Z]*_)?(\d+)_?/.exec(rest)) {
    const length = Number(found[1]);
    parts.push(rest.slice(found[0].length, found[0].length + length));
    rest = rest.slice(found[0].length + length);
  }
  return parts.join("::");
}

/** A symbol as a path; what is no Rust symbol stays as it is. */
export function path(symbol) {
  if (symbol.startsWith("_ZN")) return legacy(symbol);
  return symbol.startsWith("_R") ? v0(symbol) : symbol;
}

const CRATE = "([a-z_][a-z0-9_]*)(?:\\[[0-9a-f]+\\])?::";
const OWN = /slotwise(?:\[[0-9a-f]+\])?::(\w+)/;
const OWN_PATH = /^slotwise(?:\[|::)/;
/** Everything up to the path of a type: `<&mut [` and the like. */
const PREFIX = /^(?:[<&*([\s]|mut |dyn |const |impl )*/;
/** What the compiler or the linker puts in: it has no path. */
const RUNTIME =
  /^(?:mem(?:cpy|move|set|cmp)|f?(?:max|min|floor|ceil|round|trunc|sqrt)f?|__(?:mul|div|udiv|umod|ashl|lshr)\w*|__rust\w*|rust_\w+)$/;

/**
 * The room of a function: a module of ours, or the crate it comes from. Generic functions of other crates are
 * theirs, whatever type they were made for; implementations of our traits are ours. `async` is our asynchronous
 * functions, which the compiler puts into the one that drives them.
 */
export function room(symbol) {
  if (symbol === undefined) return "nameless";
  if (RUNTIME.test(symbol)) return "runtime";
  const text = path(symbol);
  if (/future_to_promise(?:<.*>)?::\{\{?closure/.test(text)) return "async";
  const plain = text.replace(PREFIX, "");
  const type = new RegExp(`^${CRATE}`).exec(plain)?.[1];
  const trait = symbol.startsWith("_R") ? undefined : / as (.*)/.exec(plain)?.[1];
  if (OWN_PATH.test(plain)) return OWN.exec(plain)?.[1] ?? "root";
  if (OWN_PATH.test(trait ?? "")) return OWN.exec(trait)?.[1] ?? "root";
  const crate = type ?? new RegExp(`^${CRATE}`).exec(trait ?? "")?.[1];
  if (crate) return crate === "__rustc" ? "runtime" : crate;
  // An `impl` of a primitive type.
  if (/^[<&[(]/.test(text)) return "core";
  return "exports";
}
