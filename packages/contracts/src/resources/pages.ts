import { z } from "zod";

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
