import { z } from "zod";

/**
 * An enum some of whose values were renamed. There are no aliases: an old value is refused, and the
 * error says what to write instead.
 */
export const renamedEnum = <const Values extends readonly string[]>(
  values: Values,
  renamed: Readonly<Record<string, string>>,
) =>
  z.enum(values, {
    error: ({ input }) =>
      typeof input === "string" && Object.hasOwn(renamed, input)
        ? `"${input}" is now ${renamed[input]}`
        : undefined,
  });
