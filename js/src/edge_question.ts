// The check of questions, by the table that is made of the types (question.ts). A caller that misspells a field is told so: the
// engine by itself would ignore the field, and answer another question than the one that was meant.

import type { Shape } from "./question.js";

/** What is wrong with a value, as "path: found; expected"; undefined if nothing is. */
export function mistake(value: unknown, shape: Shape, path: string): string | undefined {
  const expected = (what: string): string =>
    `${path || "the question"}: ${Array.isArray(value) ? "a list" : value === null ? "null" : `a ${typeof value}`}; expected ${what}`;
  if (typeof shape === "string") {
    const words = shape.split("|");
    return words.includes(value as string) ? undefined : `${path}: unknown word; expected ${words.join(", ")}`;
  }
  if (shape === true) return typeof value === "boolean" ? undefined : expected("true or false");
  if (typeof shape === "number" && shape < 0) {
    return typeof value === "number" && value >= 0 && value <= -shape ? undefined : expected(`a number from 0 to ${-shape}`);
  }
  if (typeof shape === "number") {
    if (typeof value !== "string") return expected(`a text of at most ${shape} characters`);
    return value.length > shape ? `${path}: a text of ${value.length} characters; expected at most ${shape}` : undefined;
  }
  if (Array.isArray(shape)) {
    const [most, of] = shape;
    if (!Array.isArray(value)) return expected(`a list of at most ${most}`);
    if (value.length > most) return `${path}: a list of ${value.length}; expected at most ${most}`;
    return first(value.keys(), (at) => mistake(value[at], of, `${path}[${at}]`));
  }
  if (typeof value !== "object" || !value || Array.isArray(value)) return expected("an object");
  if (!shape) return undefined;
  return first(Object.keys(value), (name) => {
    const [of, at] = [Object.hasOwn(shape, name) ? shape[name] : undefined, path ? `${path}.${name}` : name];
    if (of === undefined) return `${at.slice(0, 200)}: unknown field; expected ${Object.keys(shape).join(", ")}`;
    return mistake((value as Record<string, unknown>)[name], of, at);
  });
}

/** The first result there is. */
function first<T>(all: Iterable<T>, find: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = find(one);
    if (found) return found;
  }
  return undefined;
}
