import type { LabelValue } from "../rows/raw-row.js";

/** A list of labels that a field contains, or why it cannot be read. */
export type LabelList =
  | { labels: readonly LabelValue[]; fault: null; isPlain: boolean }
  | { labels: null; fault: string };

const WRAPPER = /(?:array|list|tuple|set|frozenset)\s*\(\s*/y;
const BLANKS = /\s*/y;
const SEPARATOR = /\s*(,?)\s*/y;
/** The type that numpy writes around a single value, as in np.str_('a'). */
const SCALAR = /np\.[a-z]\w*\(/y;
const QUOTED = /(?:[uUbBrR]{0,2})(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/sy;
const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?=[\s,\])}]|$)/y;
const WORD = /[^\s,'"()[\]{}]+/y;
/** A word list may have blanks in its words: [soft drinks, beer]. */
const WORDS = /[^,'"()[\]{}]+/y;
/** What may follow the values of a numpy array: its type. */
const WRAPPER_END = /\s*(?:,\s*dtype\s*=\s*[^()]*)?\)\s*/y;

const CLOSING: Readonly<Record<string, string>> = { "[": "]", "(": ")", "{": "}" };
const NO_VALUES = new Set(["None", "null", "nan", "NaN", "NaT", "<NA>"]);
const BOOLEANS: Readonly<Record<string, boolean>> = {
  True: true,
  true: true,
  "np.True_": true,
  False: false,
  "np.False_": false,
  false: false,
};

/** Reads the text of one list from its start to its end. */
export class ListScanner {
  readonly #text: string;
  #at = 0;
  readonly #labels: LabelValue[] = [];
  /** Whether a word without quotes is among the labels. */
  #isPlain = false;

  constructor(text: string) {
    this.#text = text;
  }

  read(): LabelList | null {
    const isWrapped = this.#match(WRAPPER) !== null;
    const opening = this.#text[this.#at] ?? "";
    const closing = CLOSING[opening] ?? "";
    this.#at += 1;
    const fault = this.#values(closing);
    // "(none)" and "{x}" are names; only a list in brackets may do without quotes.
    if (opening !== "[" && (fault !== null || this.#isPlain)) return null;
    // In Python "(1)" is no tuple.
    if (opening === "(" && this.#labels.length === 1 && !this.#text.includes(",")) return null;
    if (fault !== null) return { labels: null, fault };
    this.#at += 1;
    if (isWrapped && this.#match(WRAPPER_END) === null) {
      return { labels: null, fault: "its bracket does not close" };
    }
    if (this.#at < this.#text.length) return null;
    return { labels: this.#labels, fault: null, isPlain: this.#isPlain };
  }

  /** Reads up to the closing bracket; returns what is wrong. */
  #values(closing: string): string | null {
    this.#match(BLANKS);
    while (this.#text[this.#at] !== closing) {
      if (this.#at >= this.#text.length) return "its bracket does not close";
      const fault = this.#value();
      if (fault !== null) return fault;
      this.#match(SEPARATOR);
    }
    return null;
  }

  #value(): string | null {
    const start = this.#at;
    const isScalar = this.#match(SCALAR) !== null;
    const fault = this.#bareValue();
    if (fault !== null || !isScalar) return fault;
    if (this.#text[this.#at] !== ")") return `it is unclear at character ${start + 1}`;
    this.#at += 1;
    return null;
  }

  #bareValue(): string | null {
    const quoted = this.#match(QUOTED);
    if (quoted) {
      const label = unescaped(quoted[1] ?? quoted[2] ?? "");
      if (label === null) return "it contains an escape that stands for no character";
      this.#labels.push(label);
      return null;
    }
    const number = this.#match(NUMBER);
    if (number) {
      this.#labels.push(numberOf(number[0]));
      return null;
    }
    return this.#word();
  }

  #word(): string | null {
    const start = this.#at;
    const word = this.#match(WORD)?.[0] ?? "";
    if (word === "...") return "it is shortened by three dots";
    if (NO_VALUES.has(word)) return null;
    const boolean = BOOLEANS[word];
    if (boolean !== undefined) {
      this.#labels.push(boolean);
      return null;
    }
    this.#at = start;
    const words = this.#match(WORDS)?.[0].trim() ?? "";
    if (words === "") {
      const mark = this.#text[start] ?? "";
      if (CLOSING[mark]) return "it contains another list";
      return `it is unclear at character ${start + 1}`;
    }
    this.#isPlain = true;
    this.#labels.push(words);
    return null;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }
}

/** An integer that a double would round stays exact. */
function numberOf(digits: string): number | bigint {
  const value = Number(digits);
  const isWhole = /^[-+]?\d+$/.test(digits);
  return isWhole && !Number.isSafeInteger(value) ? BigInt(digits) : value;
}

const ESCAPE =
  /\\(?:([abfnrtv0])(?![0-7])|([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\n)|(.))/gs;
const CONTROLS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "0": "\0",
};

/** The text of a quoted value; null if an escape is none of a character. */
function unescaped(quoted: string): string | null {
  if (!quoted.includes("\\")) return quoted;
  let isValid = true;
  const text = quoted.replace(
    ESCAPE,
    (whole, control?: string, octal?: string, x?: string, u?: string, U?: string, end?: string) => {
      if (control !== undefined) return CONTROLS[control] ?? "";
      if (end !== undefined) return "";
      const hex = x ?? u ?? U;
      if (octal === undefined && hex === undefined) {
        // Python keeps the backslash of an escape that it does not know.
        return /^\\['"\\/]$/.test(whole) ? whole.slice(1) : whole;
      }
      const code = octal === undefined ? Number.parseInt(hex ?? "", 16) : Number.parseInt(octal, 8);
      isValid &&= code <= 0x10ffff;
      return isValid ? String.fromCodePoint(code) : "";
    },
  );
  return isValid && text.isWellFormed() && !text.includes("\0") ? text : null;
}
