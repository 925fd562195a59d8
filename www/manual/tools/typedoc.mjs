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

/** A type as text. */
export function typeOf(type) {
  switch (type?.type) {
    case "intrinsic":
      return type.name;
    case "literal":
      return `\`${JSON.stringify(type.value)}\``;
    case "reference":
      return typeof type.target === "number" ? `[${type.name}](#${type.name.toLowerCase()})` : type.name;
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

/** The types of a TypeDoc project, by name. */
export function typesOf(project) {
  const all = [];
  const walk = (part) => {
    all.push(part);
    (part.children ?? []).forEach(walk);
  };
  walk(project);
  const INTERFACE = 256;
  const find = (name) => {
    const found = all.find((part) => part.name === name && part.kind === INTERFACE);
    if (!found) throw new Error(`the package has no interface ${name}, which the manual describes`);
    return found;
  };
  const members = (name) => find(name).children ?? [];
  return { find, members };
}
