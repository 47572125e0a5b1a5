import type { TableOptions } from "./batch-writer.js";

/** How the fields of a table of text are written. */
export interface FieldWriter {
  /** Why a field cannot be written; null if it can. */
  whyNot(text: string): string | null;
  /** The field as it stands in the file. */
  fieldOf(text: string): string;
  /** The nearest text that can be written. */
  cleaned(text: string): string;
}

/** The writer of fields that differ from RFC 4180; null for those that do not. */
export function fieldWriter(options: TableOptions): FieldWriter | null {
  const delimiter = options.delimiter ?? (options.format === "tsv" ? "\t" : ",");
  const hasBackslashes = options.escape === "backslash";
  if (options.quote === "none") return hasBackslashes ? escaped(delimiter) : plain(delimiter);
  return hasBackslashes ? quotedWithBackslashes(delimiter) : null;
}

/** Whether the text contains the delimiter, or makes one with the delimiter after it. */
const meets = (text: string, delimiter: string): boolean =>
  `${text}${delimiter}`.indexOf(delimiter) < text.length;

const isBroken = (text: string) => /[\r\n]|^\uFEFF/.test(text);

function quotedWithBackslashes(delimiter: string): FieldWriter {
  return {
    whyNot: () => null,
    fieldOf(text) {
      const isPlain = !/["\\]|^\s|\s$/.test(text) && !isBroken(text) && !meets(text, delimiter);
      return isPlain ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
    },
    cleaned: (text) => text,
  };
}

function plain(delimiter: string): FieldWriter {
  return {
    whyNot(text) {
      if (isBroken(text)) return "a field contains a line break, and the file has no quotes";
      if (!meets(text, delimiter)) return null;
      return `a field contains the delimiter ${JSON.stringify(delimiter)}, and the file has no quotes`;
    },
    fieldOf: (text) => text,
    cleaned(text) {
      const line = text.replace(/[\r\n\uFEFF]+/g, " ").replaceAll(delimiter, " ");
      return meets(line, delimiter) ? `${line} ` : line;
    },
  };
}

function escaped(delimiter: string): FieldWriter {
  return {
    whyNot: (text) =>
      /\r|^\uFEFF/.test(text) ? "a field contains a return, and the file has no quotes" : null,
    fieldOf: (text) =>
      text.replace(/\\/g, "\\\\").replaceAll(delimiter, `\\${delimiter}`).replace(/\n/g, "\\\n"),
    cleaned: (text) => text.replace(/\r\n?/g, "\n").replace(/^\uFEFF+/, ""),
  };
}
