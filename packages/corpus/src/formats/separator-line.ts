/**
 * The delimiter that a first line "sep=;" names, which Excel writes and reads; null for any other
 * line.
 */
export function namedDelimiter(line: string): string | null {
  return /^\ufeff?"?sep=(.{1,3}?)"?\r?$/i.exec(line)?.[1] ?? null;
}
