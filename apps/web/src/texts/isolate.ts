/** Marks and letters that turn the direction of what follows them. */
const TURNS = /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff]/;

/** Somebody's text within a sentence: whatever is in it, the words around keep their order. */
export const isolate = (text: string): string => (TURNS.test(text) ? `\u2068${text}\u2069` : text);
