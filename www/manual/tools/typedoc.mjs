// TypeDoc's JSON as something to make tables of.

/** Text that may stand in a cell of a table. Outside of code, `<` would begin a tag and `{{` an expression of VitePress. */
export function cell(text) {
  const plain = text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const parts = plain.split(/(`[^`]*`)/);
  return parts.map((part, at) => (at % 2 ? part : part.replaceAll("<", "&lt;").replaceAll("{{", "{ {"))).join("");
}

/** A table in Markdown. */
export const table = (head, rows) => [
  `| ${head.join(" | ")} |`,
  `|${"---|".repeat(head.length)}`,
  ...rows.map((row) => `| ${row.join(" | ")} |`),
];

/** A comment as text. */
export const words = (comment) => cell((comment?.summary ?? []).map(({ text }) => text).join(""));

const INTERFACE = 256;

/** The types of a TypeDoc project, by name. */
export function typesOf(project) {
  const all = [];
  const walk = (part) => {
    all.push(part);
    (part.children ?? []).forEach(walk);
  };
  walk(project);
  const named = (name) => all.find((part) => part.name === name && part.kind === INTERFACE);
  const find = (name) => {
    const found = named(name);
    if (!found) throw new Error(`the package has no interface ${name}, which the manual describes`);
    return found;
  };
  const members = (name) => find(name).children ?? [];

  /** The interfaces that a type names. */
  function mentioned(type) {
    if (!type) return [];
    if (type.type === "reference") return named(type.name) ? [type.name] : [];
    const parts = [type.elementType, ...(type.types ?? []), ...(type.declaration?.children ?? []).map((child) => child.type)];
    return parts.flatMap(mentioned);
  }

  /** These interfaces and all that their members name, in the order in which a reader meets them. */
  function closure(names) {
    const met = new Set(names);
    for (const name of met) for (const member of members(name)) for (const other of mentioned(member.type)) met.add(other);
    return [...met];
  }

  /** A type as text. An interface is linked to its section of the page, another type to its page in the API reference. */
  function typeOf(type) {
    switch (type?.type) {
      case "intrinsic":
        return type.name;
      case "literal":
        return `\`${JSON.stringify(type.value)}\``;
      case "reference":
        return named(type.name)
          ? `[${type.name}](#${type.name.toLowerCase()})`
          : `[${type.name}](/typescript/types/index.${type.name}.html){target="_self"}`;
      case "array":
        return `list of ${typeOf(type.elementType)}`;
      case "union":
        return type.types.map(typeOf).join(" or ");
      case "reflection":
        return `object: ${(type.declaration.children ?? []).map((child) => `\`${child.name}\` ${typeOf(child.type)}`).join(", ")}`;
      default:
        throw new Error(`the manual cannot print the type ${JSON.stringify(type)}; teach it in www/manual/tools/typedoc.mjs`);
    }
  }
  return { find, members, closure, typeOf };
}
