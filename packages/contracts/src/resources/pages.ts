import { z } from "zod";
import { queryInteger } from "../values/constraints.js";

export const Warning = z.object({ code: z.string(), message: z.string() }).meta({ id: "Warning" });
export type Warning = z.infer<typeof Warning>;

/** `{data, hasMore, nextCursor}`: one page of a keyset-ordered list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z
    .object({ data: z.array(item), hasMore: z.boolean(), nextCursor: z.string().nullable() })
    .meta({ id: `${z.globalRegistry.get(item)?.id}Page` });
export interface Page<T> {
  data: T[];
  hasMore: boolean;
  nextCursor: string | null;
}

/** A page has `limit` rows; the next one starts at `cursor`, an opaque string. */
export const PageQuery = z.strictObject({
  limit: queryInteger(1, 1000).prefault(50).meta({ description: "Rows a page" }),
  cursor: z
    .string()
    .max(500)
    .optional()
    .meta({ description: "The nextCursor of the previous page; without it the first page" }),
});
