import fc from "fast-check";

/** The part of JSON Schema that the contract uses; anything else is an error, so nothing is missed. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/**
 * Values that fit a JSON schema, its edges among them. `known` may name a string to be drawn often in
 * place of one that only has the form, e.g. the id of something that is there.
 */
export function generate(
  schema: object,
  schemas: Readonly<Record<string, object>>,
  known: (schema: object) => string | undefined = () => undefined,
): fc.Arbitrary<unknown> {
  const from = (inner: Schema): fc.Arbitrary<unknown> => {
    if (inner.$ref !== undefined) {
      const target = schemas[inner.$ref.replace("#/components/schemas/", "")];
      if (!target) throw new Error(`The contract does not hold ${inner.$ref}.`);
      return from(target);
    }
    if (inner.const !== undefined) return fc.constant(inner.const);
    if (inner.enum) return fc.constantFrom(...inner.enum);
    const choices = inner.anyOf ?? inner.oneOf;
    if (choices) return fc.oneof(...choices.map(from));
    if (inner.allOf) {
      return fc.tuple(...inner.allOf.map(from)).map((parts) => Object.assign({}, ...parts));
    }
    if (Array.isArray(inner.type)) {
      return fc.oneof(...inner.type.map((type) => from({ ...inner, type })));
    }
    return typed(inner);
  };

  const typed = (inner: Schema): fc.Arbitrary<unknown> => {
    switch (inner.type) {
      case "null":
        return fc.constant(null);
      case "boolean":
        return fc.boolean();
      case "integer":
        return fc.integer(bounds(inner, 1));
      case "number":
        return fc.double({ ...bounds(inner, Number.EPSILON), noNaN: true });
      case "string":
        return text(inner);
      case "array":
        return fc.array(from(inner.items ?? {}), {
          minLength: inner.minItems ?? 0,
          maxLength: Math.min(inner.maxItems ?? 4, (inner.minItems ?? 0) + 4),
        });
      case "object":
        return object(inner);
      case undefined:
        return fc.jsonValue();
      default:
        throw new Error(`The generator knows no type ${inner.type}.`);
    }
  };

  const text = (inner: Schema): fc.Arbitrary<string> => {
    const minLength = inner.minLength ?? 0;
    const any =
      inner.pattern === undefined
        ? fc.string({
            unit: "grapheme",
            minLength,
            maxLength: Math.min(inner.maxLength ?? 20, minLength + 20),
          })
        : fc.stringMatching(new RegExp(inner.pattern, "u"));
    const often = known(inner);
    return often === undefined
      ? any
      : fc.oneof({ weight: 4, arbitrary: fc.constant(often) }, { weight: 1, arbitrary: any });
  };

  const object = (inner: Schema): fc.Arbitrary<unknown> => {
    const properties = Object.fromEntries(
      Object.entries(inner.properties ?? {}).map(([name, value]) => [name, from(value)]),
    );
    const named = fc.record(properties, { requiredKeys: [...(inner.required ?? [])] });
    if (typeof inner.additionalProperties !== "object") return named;
    const more = fc.dictionary(fc.string({ maxLength: 10 }), from(inner.additionalProperties));
    return fc.tuple(named, more).map(([one, other]) => ({ ...other, ...one }));
  };
  return from(schema);
}

function bounds(schema: Schema, step: number): { min: number; max: number } {
  const { exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  const min = Math.max(schema.minimum ?? -1e6, above === undefined ? -1e6 : above + step);
  const max = Math.min(schema.maximum ?? min + 2e6, below === undefined ? min + 2e6 : below - step);
  return { min, max: Math.max(min, max) };
}
