import { code } from "./markdown.js";

/** The part of JSON Schema that the contract's document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly (string | number | boolean)[];
  readonly const?: string | number | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly example?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** Beyond this a bound only says what a float64 can count. */
const LARGEST = Number.MAX_SAFE_INTEGER;

export const componentName = (ref: string): string => ref.replace("#/components/schemas/", "");

/** Without the suffix of schemas that callers send. */
export const schemaName = (ref: string): string => componentName(ref).replace(/Input$/, "");

/** What a value may be, in a few words: `integer, 2 to 20`. */
export function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = schemaName(schema.$ref);
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(", ");
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return [...new Set(options.map(typeOf))].join(" or ");
  if (Array.isArray(schema.type)) {
    return schema.type.map((type: string) => typeOf({ ...schema, type })).join(" or ");
  }
  if (schema.type === "array") return arrayOf(schema);
  if (schema.type === "string") return stringOf(schema);
  if (schema.type === "integer" || schema.type === "number") {
    return [schema.type, rangeOf(schema)].filter((part) => part !== "").join(", ");
  }
  return schema.type === undefined ? "any JSON" : String(schema.type);
}

function arrayOf({ items, prefixItems, minItems, maxItems }: Schema): string {
  if (prefixItems !== undefined) return `[${prefixItems.map(typeOf).join("; ")}]`;
  const count = between(minItems || undefined, maxItems);
  const of = items === undefined ? "" : ` of ${isNested(items) ? "objects" : typeOf(items)}`;
  return `array${of}${count === "" ? "" : `, ${count} items`}`;
}

function stringOf({ format, example, minLength, maxLength, pattern }: Schema): string {
  if (format === "date-time") return "time, ISO 8601 in UTC";
  const prefix = /^\^(\w+_)\[0-9a-f\]/.exec(pattern ?? "")?.[1];
  if (prefix !== undefined && example !== undefined) return `id \`${prefix}...\``;
  if (format === "uri") return "URL";
  const length = between(minLength || undefined, maxLength);
  return length === "" ? "string" : `string, ${length} characters`;
}

function rangeOf(schema: Schema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (exclusiveMinimum !== undefined && exclusiveMinimum > -LARGEST) {
    return [`above ${exclusiveMinimum}`, maximum === undefined ? "" : `at most ${maximum}`]
      .filter((part) => part !== "")
      .join(", ");
  }
  if (exclusiveMaximum !== undefined && exclusiveMaximum < LARGEST) {
    return `from ${minimum ?? "any"} to below ${exclusiveMaximum}`;
  }
  return between(minimum, maximum);
}

function between(minimum: number | undefined, maximum: number | undefined): string {
  const low = minimum === undefined || minimum <= -LARGEST ? undefined : minimum;
  const high = maximum === undefined || maximum >= LARGEST ? undefined : maximum;
  if (low !== undefined && high !== undefined) {
    return low === high ? String(low) : `${grouped(low)} to ${grouped(high)}`;
  }
  if (low !== undefined) return low === 0 ? "" : `at least ${grouped(low)}`;
  return high === undefined ? "" : `at most ${grouped(high)}`;
}

const grouped = (value: number): string => value.toLocaleString("en");

const isNested = (schema: Schema): boolean => schema.properties !== undefined;

export interface Field {
  /** With a dot before each level: `head.tap`, `data[].id`. */
  readonly path: string;
  readonly type: string;
  readonly default: string;
  readonly isRequired: boolean;
  readonly description: string;
}

/** The fields of an object, nested ones by their path; of a choice, those of every option. */
export function fieldsOf(schema: Schema, prefix = ""): Field[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const field: Field = {
      path,
      type: typeOf(property),
      default: defaultOf(property),
      isRequired: required.has(name),
      description: property.description ?? "",
    };
    return [field, ...nestedFields(property, path)];
  });
}

function nestedFields(property: Schema, path: string): Field[] {
  if (isNested(property)) return fieldsOf(property, `${path}.`);
  if (property.items !== undefined && isNested(property.items)) {
    return fieldsOf(property.items, `${path}[].`);
  }
  return (property.anyOf ?? property.oneOf ?? []).flatMap((option) => nestedFields(option, path));
}

function defaultOf({ default: value }: Schema): string {
  if (value === undefined || JSON.stringify(value) === "{}") return "";
  return code(typeof value === "string" ? value : JSON.stringify(value));
}
