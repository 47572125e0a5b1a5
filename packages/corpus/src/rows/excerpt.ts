/** The longest excerpt, in UTF-16 units. */
export const EXCERPT_LENGTH = 200;

/** The start of a raw row; a surrogate pair is never split. */
export function excerptOf(raw: string): string {
  return raw.length <= EXCERPT_LENGTH ? raw : raw.slice(0, EXCERPT_LENGTH).toWellFormed();
}

/**
 * A copy that shares no memory. A substring of a block of the file keeps the whole block alive, so
 * what is held for longer than a batch is copied first.
 */
export function detachedText(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
