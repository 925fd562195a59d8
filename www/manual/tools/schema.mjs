// The plan's JSON Schema as a Markdown page: a table for each object that the schema describes.

import { cell } from "./typedoc.mjs";

const typed = (schema) => {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (schema.$ref) return reference(schema.$ref);
  for (const key of ["oneOf", "anyOf", "allOf"]) if (schema[key]) return schema[key].map(typed).join(" or ");
  if (schema.type === "array" && schema.items) return `list of ${typed(schema.items)}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    return `object: name to ${typed(schema.additionalProperties)}`;
  }
  return [schema.type ?? "anything"].flat().join(" or ");
};

const named = (ref) => ref.replace(/^#\/(?:\$defs|definitions)\//, "");
const reference = (ref) => `[${named(ref)}](#${named(ref).toLowerCase()})`;

const entries = (count) => (count === 1 ? "1 entry" : `${count} entries`);

function range(schema) {
  if (schema.const !== undefined || schema.enum) return "";
  const { minimum, maximum, exclusiveMinimum, minItems, maxItems, minLength, maxLength, pattern } = schema;
  const words = [];
  if (minimum !== undefined && maximum !== undefined) words.push(`${minimum} to ${maximum}`);
  else if (minimum !== undefined) words.push(`at least ${minimum}`);
  else if (maximum !== undefined) words.push(`at most ${maximum}`);
  if (exclusiveMinimum !== undefined) words.push(`above ${exclusiveMinimum}`);
  if (minItems !== undefined) words.push(maxItems === minItems ? entries(minItems) : `at least ${entries(minItems)}`);
  if (maxItems !== undefined && maxItems !== minItems) words.push(`at most ${entries(maxItems)}`);
  if (minLength !== undefined) words.push(`at least ${minLength} letters`);
  if (maxLength !== undefined) words.push(`at most ${maxLength} letters`);
  if (pattern) words.push(`pattern \`${pattern.replaceAll("|", "\\|")}\``);
  return words.join(", ");
}

/** A description, of a reference's target if it has none itself. */
const described = (schema, defs) => schema.description ?? (schema.$ref ? defs[named(schema.$ref)]?.description : undefined) ?? "";

/** The heading and table of one object, and those of the objects inside it. */
function section(title, schema, defs, depth) {
  const out = [`${"#".repeat(Math.min(depth, 4))} ${title}`, ""];
  if (schema.description) out.push(cell(schema.description), "");
  const inside = [];
  for (const option of schema.oneOf ?? schema.anyOf ?? []) {
    if (option.properties) inside.push([title, option]);
    else out.push(`- ${typed(option)}${option.description ? `: ${cell(option.description)}` : ""}`);
  }
  if (out.at(-1)?.startsWith("- ")) out.push("");
  if (!schema.properties && !inside.length) {
    out.push(
      `${typed(schema)}${range(schema) ? `, ${range(schema)}` : ""}${schema.default === undefined ? "" : `. Default: \`${JSON.stringify(schema.default)}\``}`,
      "",
    );
  }
  for (const [, { properties, required = [] }] of schema.properties ? [[title, schema], ...inside] : inside) {
    out.push("| key | value | default | what |", "|---|---|---|---|");
    for (const [key, value] of Object.entries(properties)) {
      const target = value.$ref ? (defs[named(value.$ref)] ?? value) : value;
      const bounds = range(value) || range(target);
      const usual = value.default ?? target.default;
      const fallback = required.includes(key) ? "required" : usual === undefined ? "" : `\`${JSON.stringify(usual)}\``;
      out.push(`| \`${key}\` | ${typed(value)}${bounds ? `, ${bounds}` : ""} | ${fallback} | ${cell(described(value, defs))} |`);
    }
    out.push("");
    for (const [key, value] of Object.entries(properties)) {
      const deep = [value, value.items, value.additionalProperties].find((part) => part?.properties);
      if (deep)
        out.push(...section(`${title}: ${key}`, deep === value ? deep : { ...deep, description: deep.description }, defs, depth + 1));
    }
  }
  return out;
}

/** The page. */
export function planPage(schema) {
  const defs = schema.$defs ?? schema.definitions ?? {};
  const lines = [
    "# Plan keys",
    "",
    "This page is made of `js/plan.schema.json`, the schema that editors complete a plan by. Name it in the plan's first line:",
    "",
    "```json",
    '{ "$schema": "node_modules/slotwise/plan.schema.json", "version": 1, "slots": {} }',
    "```",
    "",
    "`slotwise check` finds everything the schema finds, and also what only the shop's data can tell: categories, brands and products that do not exist.",
    "",
    ...section("The plan", schema, defs, 2),
    "## Parts",
    "",
  ];
  for (const [name, part] of Object.entries(defs)) lines.push(...section(name, part, defs, 3));
  return lines.join("\n");
}
