import { type LabelList, ListScanner } from "./list-scanner.js";

/** "[", "(", "{", or what numpy and Python write in front of them. */
const OPENING = /^(?:(?:array|list|tuple|set|frozenset)\s*\(\s*)?[[({]/;

/** Long before, a list is no list of labels. */
const MAX_LENGTH = 65_536;

/**
 * The labels of a field that is a list as Python, numpy or JSON writes it: `['a', "b"]`, `[1, 2]`,
 * `('a',)`, `{'a'}`, `['a' 'b']`, `array(['a'], dtype=object)`, and `[a, b]` without quotes. Numbers
 * are numbers, as in a typed format; None, null and nan are left out. null if it is no list; then the
 * field is one label.
 */
export function parseLabelList(field: string): LabelList | null {
  const text = field.trim();
  if (text === "set()") return { labels: [], fault: null, isPlain: false };
  if (!OPENING.test(text)) return null;
  if (text.length > MAX_LENGTH) {
    return { labels: null, fault: `it has more than ${MAX_LENGTH} characters` };
  }
  return new ListScanner(text).read();
}

/** At least so many of the filled fields are lists if a column has lists. */
const SHARE_OF_LISTS = 0.9;

/**
 * Whether these label fields are lists as Python or JSON writes them, so that the option `labelLists`
 * should be set. Lists of words without quotes do not count: "[draft]" may well be one label.
 */
export function looksLikeLabelLists(fields: readonly string[]): boolean {
  const filled = fields.filter((field) => field.trim() !== "");
  const lists = filled.map(parseLabelList);
  const quoted = lists.filter((list) => list !== null && list.labels !== null && !list.isPlain);
  const isFilled = quoted.some((list) => list?.labels && list.labels.length > 0);
  return isFilled && quoted.length >= SHARE_OF_LISTS * filled.length;
}
