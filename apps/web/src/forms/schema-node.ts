import { ID_PREFIXES, type IdKind } from "@winnow/contracts";
import { z } from "zod";

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };
export type JsonObject = { readonly [name: string]: JsonValue };

/** What of JSON Schema the contract's schemas use. */
interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly enum?: readonly JsonValue[];
  readonly const?: JsonValue;
  readonly not?: Schema;
  readonly description?: string;
  readonly default?: JsonValue;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** What can be entered where a schema stands. */
export type SchemaNode = { readonly title: string | null; readonly help: string | undefined } & (
  | {
      readonly kind: "number";
      readonly min?: number;
      readonly max?: number;
      readonly step: 1 | "any";
    }
  | { readonly kind: "choice"; readonly options: readonly (string | number)[] }
  | { readonly kind: "switch" }
  | { readonly kind: "text" }
  | { readonly kind: "id"; readonly of: IdKind }
  | { readonly kind: "constant"; readonly value: JsonValue }
  | { readonly kind: "texts" }
  | { readonly kind: "list"; readonly item: SchemaNode }
  | {
      readonly kind: "group";
      readonly fields: readonly SchemaField[];
      readonly rules: readonly Rule[];
    }
  | { readonly kind: "union"; readonly options: readonly SchemaNode[] }
  /** Lists of numbers, of lists and the like: written as JSON. */
  | { readonly kind: "json" }
);
export type GroupNode = Extract<SchemaNode, { kind: "group" }>;

export interface SchemaField {
  readonly name: string;
  readonly isRequired: boolean;
  readonly standard: JsonValue | undefined;
  readonly node: SchemaNode;
}

/** Fields that are left out where the `type` of another field is one of some. */
interface Rule {
  readonly field: string;
  readonly types: readonly JsonValue[];
  readonly whereItIs: readonly string[];
  readonly whereNot: readonly string[];
}

/** The form of an object's schema, as deep as it goes. */
export function formOf(schema: z.ZodType): GroupNode {
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;
  const node = nodeOf(root, root.$defs ?? {});
  if (node.kind !== "group") throw new Error("a form is made of an object");
  return node;
}

/** The form without some of its fields, `epochs` or `training/epochs`: they have a place of their own. */
export function without(form: GroupNode, paths: readonly string[]): GroupNode {
  const fields = form.fields.flatMap((field) => {
    const { name, node } = field;
    if (paths.includes(name)) return [];
    const inside = paths.filter((path) => path.startsWith(`${name}/`));
    if (inside.length === 0 || node.kind !== "group") return [field];
    const below = inside.map((path) => path.slice(name.length + 1));
    return [{ ...field, node: without(node, below) }];
  });
  return { ...form, fields };
}

/** The fields that the present value allows. */
export function fieldsOf({ fields, rules }: GroupNode, value: JsonObject): readonly SchemaField[] {
  const hidden = rules.flatMap(({ field, types, whereItIs, whereNot }) => {
    const { [field]: choice } = value as Readonly<Record<string, { readonly type?: JsonValue }>>;
    const type = choice?.type;
    return type !== undefined && types.includes(type) ? whereItIs : whereNot;
  });
  return fields.filter(({ name }) => !hidden.includes(name));
}

/** Which of a union's options a value is of; the first where it is of none. */
export const optionOf = (options: readonly SchemaNode[], value: JsonValue | undefined): number =>
  Math.max(
    0,
    options.findIndex((option) => value !== undefined && fits(option, value)),
  );

/** Whether a value is of an option, by what tells it from the others. */
export function fits(node: SchemaNode, value: JsonValue): boolean {
  if (node.kind === "group") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    return node.fields.every(({ name, isRequired, node: inner }) => {
      const held = (value as JsonObject)[name];
      if (inner.kind === "constant") {
        return held === undefined ? !isRequired : held === inner.value;
      }
      return inner.kind !== "choice" || !isRequired || inner.options.some((one) => one === held);
    });
  }
  if (node.kind === "constant") return node.value === value;
  if (node.kind === "choice") return node.options.some((option) => option === value);
  if (node.kind === "number") return typeof value === "number";
  if (node.kind === "switch") return typeof value === "boolean";
  if (node.kind === "id") return typeof value === "string" && value.startsWith(prefixOf(node.of));
  if (node.kind === "text") return typeof value === "string";
  if (node.kind === "texts" || node.kind === "list") return Array.isArray(value);
  return node.kind === "json";
}

/** What stands in an option of a union when it is chosen: the fields that tell it from the others. */
export function startOf(node: SchemaNode): JsonValue | undefined {
  if (node.kind === "texts" || node.kind === "list") return [];
  if (node.kind === "text" || node.kind === "id") return "";
  if (node.kind === "choice") return node.options[0];
  if (node.kind === "constant") return node.value;
  if (node.kind !== "group") return undefined;
  const known = node.fields.flatMap(({ name, isRequired, node: inner }) => {
    if (inner.kind === "constant") return [[name, inner.value] as const];
    const isFirst = inner.kind === "choice" && isRequired;
    return isFirst ? [[name, inner.options[0]!] as const] : [];
  });
  return Object.fromEntries(known);
}

type Definitions = Readonly<Record<string, Schema>>;

/** The schema behind a reference, and the name that it has there. */
function resolve(
  schema: Schema,
  definitions: Definitions,
): { name: string | null; schema: Schema } {
  const name = schema.$ref?.startsWith("#/$defs/") ? schema.$ref.slice("#/$defs/".length) : null;
  if (name !== null) {
    const { $ref: _, ...rest } = schema;
    return { name, schema: { ...resolve(definitions[name] ?? {}, definitions).schema, ...rest } };
  }
  const [only, ...more] = schema.allOf ?? [];
  if (only === undefined || more.length > 0) return { name: null, schema };
  const { allOf: _, ...rest } = schema;
  const inner = resolve(only, definitions);
  return { name: inner.name, schema: { ...inner.schema, ...rest } };
}

function nodeOf(given: Schema, definitions: Definitions): SchemaNode {
  const { name: title, schema } = resolve(given, definitions);
  const base = { title, help: schema.description };
  if (schema.const !== undefined) return { ...base, kind: "constant", value: schema.const };
  if (schema.enum) {
    const options = schema.enum.filter((one) => typeof one === "string" || typeof one === "number");
    return { ...base, kind: "choice", options };
  }
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives)
    return unionOf(
      base,
      alternatives.map((one) => nodeOf(one, definitions)),
    );
  if (schema.type === "object") {
    const rule = ruleOf(schema);
    return {
      ...base,
      kind: "group",
      fields: Object.entries(schema.properties ?? {}).map(([name, inner]) => ({
        name,
        isRequired: schema.required?.includes(name) ?? false,
        standard: inner.default,
        node: nodeOf(inner, definitions),
      })),
      rules: rule ? [rule] : [],
    };
  }
  if (schema.type === "boolean") return { ...base, kind: "switch" };
  if (schema.type === "string") {
    const of = idOf(schema.pattern);
    return of === undefined ? { ...base, kind: "text" } : { ...base, kind: "id", of };
  }
  if (schema.type === "integer" || schema.type === "number") {
    const { minimum, exclusiveMinimum, maximum } = schema;
    const min = minimum ?? exclusiveMinimum;
    return {
      ...base,
      ...{ kind: "number", step: schema.type === "integer" ? 1 : "any" },
      ...(min === undefined ? {} : { min }),
      ...(maximum === undefined ? {} : { max: maximum }),
    };
  }
  const item = schema.type === "array" && schema.items && nodeOf(schema.items, definitions);
  if (item && item.kind === "text") return { ...base, kind: "texts" };
  const isNested = item && (item.kind === "group" || item.kind === "union");
  return isNested ? { ...base, kind: "list", item } : { ...base, kind: "json" };
}

/** Alternatives that are single values are one choice. */
function unionOf(
  base: Pick<SchemaNode, "title" | "help">,
  options: readonly SchemaNode[],
): SchemaNode {
  const values = options.map((option) => (option.kind === "constant" ? option.value : null));
  const single = values.filter((one) => typeof one === "string" || typeof one === "number");
  return single.length === options.length
    ? { ...base, kind: "choice", options: single }
    : { ...base, kind: "union", options };
}

/** The contract binds fields by the type of another with `if`, `then` and `else`. */
function ruleOf({ if: condition, then: yes, else: no }: Schema): Rule | null {
  const [entry] = Object.entries(condition?.properties ?? {});
  if (entry === undefined) return null;
  const [field, { properties = {} }] = entry;
  const types = (properties.type?.anyOf ?? []).flatMap(({ const: value }) => value ?? []);
  const bound = (schema: Schema | undefined) =>
    Object.entries(schema?.properties ?? {})
      .filter(([, { not, const: only }]) => not !== undefined || only !== undefined)
      .map(([name]) => name);
  return { field, types, whereItIs: bound(yes), whereNot: bound(no) };
}

const prefixOf = (kind: IdKind): string => `${ID_PREFIXES[kind]}_`;

const idOf = (pattern: string | undefined): IdKind | undefined =>
  (Object.keys(ID_PREFIXES) as IdKind[]).find((kind) => pattern?.startsWith(`^${prefixOf(kind)}`));
