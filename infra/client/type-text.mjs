/** JSON Schemas, as zod makes them of the contract, as declarations of TypeScript. */

/** The names that a schema's text refers to stand between these until they are known for good. */
const OPEN = "\u0001";
const CLOSE = "\u0002";
const REFERENCES = new RegExp(`${OPEN}(\\w+)${CLOSE}`, "g");

/**
 * The type of a value that fits the schema, with marks around the names of other schemas; `known` says
 * what is missing of them.
 */
export function typeText(schema, indent = "") {
  if (schema.$ref !== undefined) return OPEN + schema.$ref.replace("#/$defs/", "") + CLOSE;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return union(schema.enum.map((value) => JSON.stringify(value)));
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return union(options.map((option) => typeText(option, indent)));
  if (Array.isArray(schema.type)) {
    return union(schema.type.map((type) => typeText({ ...schema, type }, indent)));
  }
  switch (schema.type) {
    case undefined:
      return "unknown";
    case "integer":
    case "number":
      return "number";
    case "array":
      return listText(schema, indent);
    case "object":
      return objectText(schema, indent);
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    default:
      throw new Error(`No type of TypeScript is known for ${JSON.stringify(schema)}.`);
  }
}

const union = (types) => [...new Set(types)].join(" | ");

function listText({ items, prefixItems }, indent) {
  if (prefixItems) return `[${prefixItems.map((item) => typeText(item, indent)).join(", ")}]`;
  const item = typeText(items ?? {}, indent);
  return item.includes(" | ") && !item.endsWith("}") ? `(${item})[]` : `Array<${item}>`;
}

function objectText({ properties, required = [], additionalProperties, propertyNames }, indent) {
  const others = additionalProperties ? typeText(additionalProperties, indent) : undefined;
  if (properties === undefined) {
    const key = propertyNames ? typeText(propertyNames, indent) : "string";
    return others === undefined ? "Record<string, never>" : `Record<${key}, ${others}>`;
  }
  const inner = `${indent}  `;
  const lines = Object.entries(properties).flatMap(([name, property]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
    const type = typeText(property, inner);
    return [
      ...commentOf(property, inner),
      required.includes(name)
        ? `${inner}${key}: ${type};`
        : `${inner}${key}?: ${type} | undefined;`,
    ];
  });
  if (others !== undefined) lines.push(`${inner}[key: string]: unknown;`);
  return lines.length === 0 ? "Record<string, never>" : `{\n${lines.join("\n")}\n${indent}}`;
}

export function commentOf({ description, default: value }, indent = "") {
  const preset = value === undefined || typeof value === "object" ? "" : `Default: ${value}`;
  const text = [description, preset].filter(Boolean).join(". ");
  return text === "" ? [] : [`${indent}/** ${text.replaceAll("*/", "* /")} */`];
}

/**
 * The declarations of the named schemas in `sent` (as a caller may send them: what has a default may be
 * missing) and `answered`; a name whose two types differ has its first with the suffix `Input`.
 * Also gives `resolve`, which ends the text of a type of either side.
 */
export function declarations({ sent, answered }) {
  const texts = (schemas) =>
    new Map(Object.entries(schemas).map(([name, schema]) => [name, typeText(schema)]));
  const inputs = texts(sent);
  const outputs = texts(answered);
  const differing = new Set(
    [...inputs]
      .filter(([name, text]) => (outputs.get(name) ?? text) !== text)
      .map(([name]) => name),
  );
  // What names a type that differs, differs.
  for (let before = -1; before < differing.size; ) {
    before = differing.size;
    for (const [name, text] of inputs) {
      const names = [...text.matchAll(REFERENCES)].map(([, other]) => other);
      if (outputs.has(name) && names.some((other) => differing.has(other))) differing.add(name);
    }
  }
  const resolve = (text, isSent) =>
    text.replaceAll(REFERENCES, (_, name) =>
      isSent && differing.has(name) ? `${name}Input` : name,
    );
  const declare = (name, schema, text) =>
    [
      ...commentOf({ description: schema.description }),
      text.startsWith("{") && text.indexOf("\n}") === text.length - 2
        ? `export interface ${name} ${text}`
        : `export type ${name} = ${text};`,
    ].join("\n");
  const lines = [
    ...[...outputs].map(([name, text]) => declare(name, answered[name], resolve(text, false))),
    ...[...inputs]
      .filter(([name]) => differing.has(name) || !outputs.has(name))
      .map(([name, text]) =>
        declare(differing.has(name) ? `${name}Input` : name, sent[name], resolve(text, true)),
      ),
  ];
  return { text: lines.join("\n\n"), resolve };
}
