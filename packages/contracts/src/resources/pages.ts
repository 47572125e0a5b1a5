import { z } from "zod";
import type { WarningCode } from "../errors/warning-catalogue.js";
import { queryInteger } from "../values/constraints.js";

export const Warning = z
  .object({
    // Open: while nodes are upgraded one by one, a stored code may be newer than who reads it.
    code: z.string().meta({
      description:
        "Stable; the texts may change. The reference of errors lists the codes; a newer service may have more",
    }),
    message: z.string(),
  })
  .meta({ id: "Warning" });
/** As an answer has it. */
export type Warning = z.infer<typeof Warning>;
/** As this version writes it. */
export interface OwnWarning {
  readonly code: WarningCode;
  readonly message: string;
}

/** A page ends once its items take this much as JSON, however few they are; it has one at least. */
export const PAGE_BYTES = 4 * 2 ** 20;

/** `{data, hasMore, nextCursor}`: one page of a keyset-ordered list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z
    .object({
      data: z.array(item),
      hasMore: z.boolean(),
      nextCursor: z.string().nullable().meta({ description: "The cursor of the page after this" }),
    })
    .meta({ id: `${z.globalRegistry.get(item)?.id}Page` });
export interface Page<T> {
  data: T[];
  hasMore: boolean;
  nextCursor: string | null;
}

const Cursor = z
  .string()
  .max(500)
  .optional()
  .meta({ description: "The nextCursor of the previous page; without it the first page" });

/** A page has `limit` rows, or fewer of many bytes; the next one starts at `cursor`, an opaque string. */
export const PageQuery = z.strictObject({
  limit: queryInteger(1, 1000)
    .prefault(50)
    .meta({ description: "Rows a page at most: it ends sooner once it has about 4 MiB" }),
  cursor: Cursor,
});

/** Of a list that is one page unless it has more bytes than a page may have. */
export const WholeQuery = z.strictObject({ cursor: Cursor });
