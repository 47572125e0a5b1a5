import { z } from "zod";

// Rules that zod alone checks by a function, or not at all, each with the JSON Schema keyword that
// states it: the check and the contract cannot differ.

/** Postgres stores no NUL character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
export const NO_NUL = /^[^\u0000]*$/;

/** A text that somebody sends. */
export const text = () => z.string().regex(NO_NUL, "contains a NUL character");

/** Faults of one list, or of one request, after which nothing more is checked. */
export const MOST_FAULTS = 100;

/**
 * A list of at most `max` items. A longer one is refused unread, and a wrong one at its hundredth
 * fault, so that refusing a list costs no more than taking it.
 */
export const listOf = <T extends z.ZodType>(
  item: T,
  { min = 0, max }: { readonly min?: number; readonly max: number },
): z.ZodArray<T> => stopping(z.array(item).min(min).max(max), max);

function stopping<T extends z.ZodType>(list: z.ZodArray<T>, max: number): z.ZodArray<T> {
  // With a description it is another object.
  const clone = list.clone.bind(list);
  list.clone = (...args) => stopping(clone(...args), max);
  let { parse } = list._zod;
  const inParts: typeof parse = (payload, context) => {
    const given: unknown = payload.value;
    // A list that is too long is left to the check of its length, which follows.
    if (!Array.isArray(given) || given.length > max) {
      return Array.isArray(given) ? payload : parse(payload, context);
    }
    const items: z.output<T>[] = [];
    const { issues } = payload;
    for (let from = 0; from < given.length && issues.length < MOST_FAULTS; from += MOST_FAULTS) {
      const part = { value: given.slice(from, from + MOST_FAULTS), issues: [] };
      const parsed = parse(part, context) as typeof payload;
      for (const { path: [place, ...below] = [], ...issue } of parsed.issues) {
        issues.push({ ...issue, path: [from + Number(place), ...below] } as typeof issue);
      }
      for (const item of parsed.value) items.push(item);
    }
    payload.value = items;
    return payload;
  };
  // Zod itself replaces the function once it knows whether the schema is recursive.
  Object.defineProperty(list._zod, "parse", {
    get: () => inParts,
    set: (replacement: typeof parse) => {
      parse = replacement;
    },
  });
  return list;
}

/** An object with at least one field. */
export const nonEmpty = <T extends z.ZodObject>(schema: T, message: string) =>
  schema
    .refine((value) => Object.values(value).some((field) => field !== undefined), message)
    .meta({ minProperties: 1 });

/** A list without repeated items. */
export const unique = <T extends z.ZodType>(item: T, message: string) =>
  z
    .array(item)
    .refine((list) => new Set(list).size === list.length, message)
    .meta({ uniqueItems: true });

/** A whole number in a query, where all values are texts: digits alone, no `1e3`, `0x10` or blank.
 * Its default is a `prefault`: the contract shows no other one of a value that is converted. */
export const queryInteger = (min: number, max: number) =>
  z
    .preprocess(
      (value) => (typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : value),
      z.int().min(min).max(max),
    )
    .meta({ type: "integer", minimum: min, maximum: max });

/** A number in a query, as JSON writes numbers. */
export const queryNumber = (min: number, max: number) =>
  z
    .preprocess(
      (value) =>
        typeof value === "string" && /^-?\d{1,15}(\.\d{1,30})?(e[+-]?\d{1,3})?$/i.test(value)
          ? Number(value)
          : value,
      z.number().min(min).max(max),
    )
    .meta({ type: "number", minimum: min, maximum: max });

interface Bound {
  readonly field: string;
  /** The one value that is allowed; without it the field must be absent. */
  readonly only?: string;
  readonly message: string;
}

/**
 * Fields of an object that are bound where `schema[field].type` is one of `types`, and others where it
 * is another.
 */
export function fieldsByType<T extends z.ZodObject>(
  schema: T,
  { field, types }: { readonly field: string; readonly types: readonly string[] },
  {
    whereItIs,
    whereNot,
  }: { readonly whereItIs: readonly Bound[]; readonly whereNot: readonly Bound[] },
): T {
  return schema
    .superRefine((value, context) => {
      const { [field]: choice } = value as Record<string, { type: string }>;
      for (const bound of types.includes(choice?.type ?? "") ? whereItIs : whereNot) {
        const found = (value as Record<string, unknown>)[bound.field];
        if (found === bound.only) continue;
        context.addIssue({ code: "custom", path: [bound.field], message: bound.message });
      }
    })
    .meta({
      if: {
        properties: {
          [field]: { properties: { type: { anyOf: types.map((type) => ({ const: type })) } } },
        },
      },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: boundsOf(whereItIs),
      else: boundsOf(whereNot),
    });
}

/** A field that must be absent has a schema that nothing fits. */
const boundsOf = (bounds: readonly Bound[]): object => ({
  properties: Object.fromEntries(
    bounds.map(({ field, only }) => [field, only === undefined ? { not: {} } : { const: only }]),
  ),
});
