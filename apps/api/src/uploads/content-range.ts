import { AppError, CONTENT_RANGE } from "@winnow/contracts";

/** The bytes of a body: from `first` to `last`, both included, of `total`; null: no bytes. */
export interface ContentRange {
  readonly bytes: { readonly first: number; readonly last: number } | null;
  readonly total: number;
}

/**
 * Reads `bytes FIRST-LAST/TOTAL` (RFC 9110, 14.4). A star instead of the positions means no bytes and
 * asks to complete the upload. Throws `validation-failed`.
 */
export function parseContentRange(header: string | undefined): ContentRange {
  const match = CONTENT_RANGE.exec(header ?? "");
  if (!match) throw new Error(`the schema let through the Content-Range ${header}`);
  const [, first, last, total] = match.map(Number) as [number, number, number, number];
  if (match[1] === undefined) return { bytes: null, total };
  if (last < first || last >= total) {
    throw badRange(`The range ${first}-${last} is not within ${total} bytes.`);
  }
  return { bytes: { first, last }, total };
}

export const badRange = (detail: string): AppError =>
  new AppError("validation-failed", detail, {
    errors: [{ pointer: "/headers/content-range", detail }],
  });
