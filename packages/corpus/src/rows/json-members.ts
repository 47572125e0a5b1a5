/**
 * The members of a JSON object as they stand in its text: each key with the text of its value. The
 * text must be a valid object. Of a repeated key the last value counts, as for JSON.parse.
 */
export function jsonMembers(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = skipBlanks(text, text.indexOf("{") + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const key = text.slice(at + 1, keyEnd - 1);
    const start = skipBlanks(text, text.indexOf(":", keyEnd) + 1);
    const end = endOfValue(text, start);
    members.set(key.includes("\\") ? String(JSON.parse(`"${key}"`)) : key, text.slice(start, end));
    at = skipBlanks(text, end);
    if (text[at] === ",") at = skipBlanks(text, at + 1);
  }
  return members;
}

/** The items of a JSON list as they stand in its text, which must be a valid list. */
export function jsonItems(text: string): string[] {
  const items: string[] = [];
  let at = skipBlanks(text, text.indexOf("[") + 1);
  while (at < text.length && text[at] !== "]") {
    const end = endOfValue(text, at);
    items.push(text.slice(at, end));
    at = skipBlanks(text, end);
    if (text[at] === ",") at = skipBlanks(text, at + 1);
  }
  return items;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

const isBlank = (code: number) => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

/** Where the string that begins at `at` ends, after its quote. */
function endOfString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === "\\") slashes += 1;
  return slashes % 2 === 1;
}

function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first === "{" || first === "[") return endOfNested(text, start);
  let end = start;
  while (end < text.length && !isEndOfScalar(text.charCodeAt(end))) end += 1;
  return end;
}

/** Whether a character comes after a number, true, false or null: a blank, "," or a closing bracket. */
const isEndOfScalar = (code: number) =>
  isBlank(code) || code === 0x2c || code === 0x5d || code === 0x7d;

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; ; at += 1) {
    const mark = text[at];
    if (mark === '"') at = endOfString(text, at) - 1;
    else if (mark === "{" || mark === "[") depth += 1;
    else if (mark === "}" || mark === "]") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
}
