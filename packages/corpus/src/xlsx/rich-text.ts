/**
 * Characters that XML cannot hold stand as _x000D_ in a workbook. NUL and halves of a surrogate pair are
 * no text anywhere, and stay as they are written.
 */
const ESCAPED = /_x(?!0000|[dD][89a-fA-F])([0-9a-fA-F]{4})_/g;

export const unescapeText = (text: string): string =>
  text.includes("_x")
    ? text.replace(ESCAPED, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    : text;

/** Collects the text of an element in one or several formats, without its pronunciation. */
export class RichText {
  readonly #element: string;
  #parts: string[] | null = null;
  #isText = false;
  #isReading = false;

  constructor(element: string) {
    this.#element = element;
  }

  open(name: string): void {
    if (name === this.#element) this.#parts = [];
    else if (name === "rPh") this.#isReading = true;
    else if (name === "t") this.#isText = !this.#isReading;
  }

  add(text: string): void {
    if (this.#isText) this.#parts?.push(text);
  }

  /** The whole text where the element ends, else null. */
  close(name: string): string | null {
    if (name === "t") this.#isText = false;
    else if (name === "rPh") this.#isReading = false;
    if (name !== this.#element || !this.#parts) return null;
    const text = unescapeText(this.#parts.join(""));
    this.#parts = null;
    return text;
  }
}
