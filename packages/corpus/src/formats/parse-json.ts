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
    const standard = standardJson(text);
    if (standard === text) throw error;
    return { value: JSON.parse(standard), text: standard };
  }
}

const QUOTE_OR_WORD = /"|-?\b(?:NaN|Infinity)\b/g;
const QUOTE_OR_ESCAPE = /["\\]/g;

/** The text with JSON's values for the words outside of its strings. */
function standardJson(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  QUOTE_OR_WORD.lastIndex = 0;
  for (let found = QUOTE_OR_WORD.exec(text); found; found = QUOTE_OR_WORD.exec(text)) {
    const [word] = found;
    if (word === '"') {
      QUOTE_OR_WORD.lastIndex = endOfString(text, QUOTE_OR_WORD.lastIndex);
    } else {
      parts.push(text.slice(copied, found.index), word.endsWith("NaN") ? "null" : `"${word}"`);
      copied = QUOTE_OR_WORD.lastIndex;
    }
  }
  return parts.join("") + text.slice(copied);
}

/** Where the string ends whose quote stands before `at`; the text's end if it does not close. */
function endOfString(text: string, at: number): number {
  QUOTE_OR_ESCAPE.lastIndex = at;
  for (let found = QUOTE_OR_ESCAPE.exec(text); found; found = QUOTE_OR_ESCAPE.exec(text)) {
    if (found[0] === '"') return QUOTE_OR_ESCAPE.lastIndex;
    QUOTE_OR_ESCAPE.lastIndex += 1;
  }
  return text.length;
}

/** Whether a JSON value is an object, not a list. */
export const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
