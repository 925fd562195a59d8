// TypeDoc's JSON as something to make tables of.

/** Text that may stand in a cell of a table. */
export const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ").replaceAll("{", "&#123;").replaceAll("<", "&lt;");

/** A table in Markdown. */
export const table = (head, rows) => [`| ${head.join(" | ")} |`, `|${"---|".repeat(head.length)}`, ...rows.map((row) => `| ${row.join(" | ")} |`)];

/** A comment as text. */
export const words = (comment) => (comment?.summary ?? []).map(({ text }) => cell(text)).join("");

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
  // In the order of the source, the inherited ones first.
  const place = (part) => part.sources?.[0]?.line ?? 0;
  const members = (name) => [...(find(name).children ?? [])].sort((a, b) => place(a) - place(b));
  return { find, members };
}
