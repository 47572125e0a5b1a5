/** What a number, a time or an empty value counts. */
const SCALAR_BYTES = 8;

/**
 * About how many bytes the values of a row have as text. Counting ends at `most`: a list may refer to one
 * large text a thousand times.
 */
export function rowSize(value: unknown, most: number): number {
  if (typeof value === "string") return value.length;
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value !== "object" || value === null || value instanceof Date) return SCALAR_BYTES;
  let size = SCALAR_BYTES;
  const members: unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (let i = 0; i < members.length && size <= most; i += 1) {
    size += rowSize(members[i], most - size);
  }
  return size;
}
