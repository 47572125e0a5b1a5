import { NpyError } from "../errors.js";

/** The three entries of an npy header, as written, before they are checked. */
export interface HeaderDict {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

type Value = string | boolean | number[];

/**
 * Reads the Python dict literal of an npy header. Accepts what numpy writes: the three keys in any
 * order, single or double quotes, a tuple of non-negative integers. Linear in the text's length.
 */
export function parseHeaderDict(text: string): HeaderDict {
  const scanner = new Scanner(text);
  const entries = new Map<string, Value>();
  scanner.expect("{");
  while (!scanner.accept("}")) {
    const key = scanner.string();
    if (entries.has(key)) throw keys(`the key ${show(key)} is repeated`);
    scanner.expect(":");
    entries.set(key, scanner.value());
    if (!scanner.accept(",")) {
      scanner.expect("}");
      break;
    }
  }
  scanner.end();
  for (const key of entries.keys()) {
    if (key !== "descr" && key !== "fortran_order" && key !== "shape") {
      throw keys(`the key ${show(key)} is unknown`);
    }
  }
  const descr = entries.get("descr");
  const fortranOrder = entries.get("fortran_order");
  const shape = entries.get("shape");
  if (typeof descr !== "string") throw keys("'descr' must be a string");
  if (typeof fortranOrder !== "boolean") throw keys("'fortran_order' must be True or False");
  if (!Array.isArray(shape)) throw keys("'shape' must be a tuple of integers");
  return { descr, fortranOrder, shape };
}

function keys(what: string): NpyError {
  return new NpyError(
    "header-keys",
    `npy header: ${what}; expected descr, fortran_order and shape`,
  );
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}

const MAX_DIMENSIONS = 32;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  accept(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  expect(character: string): void {
    if (!this.accept(character)) throw this.#fault(`expected ${show(character)}`);
  }

  end(): void {
    this.#space();
    if (this.#at !== this.#text.length) throw this.#fault("text after the closing brace");
  }

  string(): string {
    this.#space();
    const quote = this.#text[this.#at];
    if (quote !== "'" && quote !== '"') throw this.#fault("expected a quoted string");
    const close = this.#text.indexOf(quote, this.#at + 1);
    if (close < 0) throw this.#fault("a string is not closed");
    const content = this.#text.slice(this.#at + 1, close);
    if (content.includes("\\")) throw this.#fault("an escape in a string");
    this.#at = close + 1;
    return content;
  }

  value(): Value {
    this.#space();
    const first = this.#text[this.#at];
    if (first === "'" || first === '"') return this.string();
    if (first === "(") return this.#tuple();
    if (this.#word("True")) return true;
    if (this.#word("False")) return false;
    if (first === "[") {
      throw new NpyError(
        "unsupported-dtype",
        "npy: the array has named fields; save " +
          "numpy.lib.recfunctions.structured_to_unstructured(array)",
      );
    }
    throw this.#fault("expected a string, True, False or a tuple");
  }

  #tuple(): number[] {
    this.expect("(");
    const sizes: number[] = [];
    while (!this.accept(")")) {
      if (sizes.length === MAX_DIMENSIONS) throw this.#fault("more than 32 dimensions");
      sizes.push(this.#integer());
      if (!this.accept(",")) {
        // Python reads "(3)" as the number 3, not as a tuple
        if (sizes.length === 1) throw this.#fault("a tuple of one needs its comma");
        this.expect(")");
        break;
      }
    }
    return sizes;
  }

  #integer(): number {
    this.#space();
    const begin = this.#at;
    let code = this.#text.charCodeAt(this.#at);
    while (code >= 48 && code <= 57) {
      this.#at += 1;
      code = this.#text.charCodeAt(this.#at);
    }
    const digits = this.#text.slice(begin, this.#at);
    if (digits === "") throw this.#fault("expected a non-negative integer");
    const value = Number(digits);
    if (!Number.isSafeInteger(value)) {
      throw new NpyError(
        "invalid-shape",
        `npy header: the size ${digits.slice(0, 40)} is too large`,
      );
    }
    return value;
  }

  #word(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 9 && code !== 10 && code !== 13) return;
      this.#at += 1;
    }
  }

  #fault(what: string): NpyError {
    return new NpyError("header-syntax", `npy header: ${what} at character ${this.#at}`);
  }
}
