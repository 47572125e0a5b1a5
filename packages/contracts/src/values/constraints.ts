import { z } from "zod";

// Rules that zod checks by a function, each with the JSON Schema keyword that states it: the check and
// the contract cannot differ.

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
