import { z } from "zod";

interface Node {
  readonly $ref?: string;
  readonly allOf?: readonly Node[];
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly $defs?: Readonly<Record<string, Node>>;
}

/** A field of a form, as the contract's schema describes it. */
export type SchemaField = { readonly name: string; readonly help: string | undefined } & (
  | {
      readonly kind: "number";
      readonly min?: number;
      readonly max?: number;
      readonly isInteger: boolean;
      readonly standard: number | undefined;
    }
  | {
      readonly kind: "choice";
      readonly options: readonly string[];
      readonly standard: string | undefined;
    }
  | { readonly kind: "switch"; readonly standard: boolean | undefined }
);

/**
 * The fields of an object's schema that are a number, one of a few texts, or yes and no. What is an
 * object or a union has a place of its own on the page, or none.
 */
export function fieldsOf(schema: z.ZodType, names?: readonly string[]): SchemaField[] {
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Node;
  const resolve = (node: Node): Node => {
    const name = node.$ref?.startsWith("#/$defs/") ? node.$ref.slice("#/$defs/".length) : undefined;
    if (name !== undefined) return { ...resolve(root.$defs?.[name] ?? {}), ...without(node) };
    const [only, ...more] = node.allOf ?? [];
    return only && more.length === 0 ? { ...resolve(only), ...without(node) } : node;
  };
  const { properties = {} } = resolve(root);
  return (names ?? Object.keys(properties)).flatMap((name) => {
    const field = properties[name] && fieldOf(name, resolve(properties[name]));
    return field ? [field] : [];
  });
}

const without = ({ $ref: _ref, allOf: _all, ...rest }: Node): Node => rest;

function fieldOf(name: string, node: Node): SchemaField | null {
  const base = { name, help: node.description };
  if (node.enum?.every((value) => typeof value === "string")) {
    return {
      ...base,
      kind: "choice",
      options: node.enum,
      standard: node.default as string | undefined,
    };
  }
  if (node.type === "boolean") {
    return { ...base, kind: "switch", standard: node.default as boolean | undefined };
  }
  if (node.type !== "integer" && node.type !== "number") return null;
  const { minimum, exclusiveMinimum, maximum } = node;
  const min = minimum ?? exclusiveMinimum;
  return {
    ...base,
    kind: "number",
    isInteger: node.type === "integer",
    standard: node.default as number | undefined,
    ...(min === undefined ? {} : { min }),
    ...(maximum === undefined ? {} : { max: maximum }),
  };
}
