import { AppError } from "@winnow/contracts";

/** The bytes of a body: from `first` to `last`, both included, of `total`; null: no bytes. */
export interface ContentRange {
  readonly bytes: { readonly first: number; readonly last: number } | null;
  readonly total: number;
}

/**
 * Parses `bytes FIRST-LAST/TOTAL` (RFC 9110, 14.4). A star instead of the positions means no bytes and
 * asks to complete the upload. Throws `validation-failed`.
 */
export function parseContentRange(header: string | undefined): ContentRange {
  const match = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15})$/.exec(header ?? "");
  if (!match) throw badRange('Send "Content-Range: bytes FIRST-LAST/TOTAL".');
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

/**
 * The size in an Upload-Length header, which starts a resumable upload; null without the header.
 * Throws `validation-failed`.
 */
export function parseUploadLength(header: string | string[] | undefined): number | null {
  if (header === undefined) return null;
  if (typeof header === "string" && /^\d{1,15}$/.test(header)) return Number(header);
  const detail = "Upload-Length must be the size of the file in bytes.";
  throw new AppError("validation-failed", detail, {
    errors: [{ pointer: "/headers/upload-length", detail }],
  });
}
