import type { GroupNode, SchemaNode } from "./schema-node.js";

/** The same form, with what it says of its fields in another language. */
export function translateForm(form: GroupNode, say: (help: string) => string): GroupNode {
  const fields = form.fields.map((field) => ({ ...field, node: translated(field.node, say) }));
  return { ...form, help: form.help && say(form.help), fields };
}

function translated(node: SchemaNode, say: (help: string) => string): SchemaNode {
  if (node.kind === "group") return translateForm(node, say);
  const help = node.help && say(node.help);
  if (node.kind === "list") return { ...node, help, item: translated(node.item, say) };
  if (node.kind !== "union") return { ...node, help };
  return { ...node, help, options: node.options.map((option) => translated(option, say)) };
}
