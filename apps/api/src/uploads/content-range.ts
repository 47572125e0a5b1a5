import { AppError } from "@winnow/contracts";

/** The bytes that a body holds: `first` up to and with `last` of `total`; null: none are sent. */
export interface ContentRange {
  readonly bytes: { readonly first: number; readonly last: number } | null;
  readonly total: number;
}

/**
 * Reads `bytes FIRST-LAST/TOTAL` (RFC 9110, 14.4), or a star in place of both positions, which
 * brings no byte and asks for the upload to be completed. Throws `validation-failed`.
 */
export function parseContentRange(header: string | undefined): ContentRange {
  const match = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15})$/.exec(header ?? "");
  if (!match) throw badRange('Send "Content-Range: bytes FIRST-LAST/TOTAL".');
  const [, first, last, total] = match.map(Number) as [number, number, number, number];
  if (match[1] === undefined) return { bytes: null, total };
  if (last < first || last >= total) {
    throw badRange(`The range ${first}-${last} does not lie within ${total} bytes.`);
  }
  return { bytes: { first, last }, total };
}

export const badRange = (detail: string): AppError =>
  new AppError("validation-failed", detail, {
    errors: [{ pointer: "/headers/content-range", detail }],
  });

/**
 * The size in an Upload-Length header, with which an upload begins whose bytes come later; null
 * without the header. Throws `validation-failed`.
 */
export function parseUploadLength(header: string | string[] | undefined): number | null {
  if (header === undefined) return null;
  if (typeof header === "string" && /^\d{1,15}$/.test(header)) return Number(header);
  const detail = "Upload-Length is the whole number of bytes that will come.";
  throw new AppError("validation-failed", detail, {
    errors: [{ pointer: "/headers/upload-length", detail }],
  });
}
