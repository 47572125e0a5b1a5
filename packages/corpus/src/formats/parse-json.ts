/**
 * A string of JSON as a whole, or one of the words that Python's json writes for a float. A string
 * that does not close matches up to the end, so that no part is scanned twice.
 */
const STRING_OR_WORD = /"(?:[^"\\]|\\.)*(?:"|\\?$)|-?\b(?:NaN|Infinity)\b/gs;

/** A value, and its text as JSON has it. */
export interface ParsedJson {
  value: unknown;
  text: string;
}

/**
 * Parses a JSON text. Python writes NaN, Infinity and -Infinity for floats, which JSON does not have:
 * NaN is read as null, as there is no value, and the others as texts. Throws SyntaxError.
 */
export function parseJson(text: string): ParsedJson {
  try {
    return { value: JSON.parse(text), text };
  } catch (error) {
    if (!text.includes("NaN") && !text.includes("Infinity")) throw error;
    const standard = text.replace(STRING_OR_WORD, (found) => {
      if (found.startsWith('"')) return found;
      return found.endsWith("NaN") ? "null" : `"${found}"`;
    });
    if (standard === text) throw error;
    return { value: JSON.parse(standard), text: standard };
  }
}
