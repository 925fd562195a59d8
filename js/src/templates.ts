// Templates that a framework has built node by node.
//
// The parser puts what stands in a `<template>` into its `content`, and the engine looks there. React and Vue append it to
// the element itself.

/** Moves what stands in the templates below `root` to where the parser would have put it. */
export function mend(root: ParentNode): void {
  for (const template of root.querySelectorAll("template")) {
    if (template.content.childNodes.length === 0) template.content.append(...template.childNodes);
  }
}
