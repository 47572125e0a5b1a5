import type { ZipArchive } from "../bytes/zip-archive.js";
import type { CorpusLimits } from "../options/limits.js";
import { readPart, type Workbook } from "./workbook.js";

/** How a number is shown. */
export type NumberFormat =
  | { kind: "number" }
  /** With zeros in front, to so many digits. */
  | { kind: "padded"; digits: number }
  | { kind: "date" | "time" | "date-time" };

const PLAIN: NumberFormat = { kind: "number" };

/** Built-in formats by number (ECMA-376 18.8.30); 27 to 36 and 50 to 58 are dates in East Asia. */
function builtIn(id: number): NumberFormat {
  if (id === 22) return { kind: "date-time" };
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || (id >= 50 && id <= 58) || id === 36) {
    return { kind: "date" };
  }
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47)) {
    return { kind: "time" };
  }
  return PLAIN;
}

/** The number formats of a workbook's cell styles, by the number of the style. */
export async function readNumberFormats(
  zip: ZipArchive,
  { styles }: Workbook,
  limits: CorpusLimits,
): Promise<readonly NumberFormat[]> {
  const formats: NumberFormat[] = [];
  if (styles === undefined || !zip.find(styles)) return formats;
  const custom = new Map<string, NumberFormat>();
  let isInCells = false;
  await readPart(zip, styles, limits, {
    open(name, { numFmtId = "0", formatCode = "" }) {
      if (name === "numFmt") custom.set(numFmtId, formatOf(formatCode));
      else if (name === "cellXfs") isInCells = true;
      else if (name === "xf" && isInCells) {
        formats.push(custom.get(numFmtId) ?? builtIn(Number(numFmtId)));
      }
    },
    close(name) {
      if (name === "cellXfs") isInCells = false;
    },
  });
  return formats;
}

/** What a format code shows, such as `yyyy-mm-dd`, `[h]:mm` or `00000`. */
export function formatOf(code: string): NumberFormat {
  const [positive = ""] = code
    // Texts in quotes, characters after a backslash, and widths are no codes.
    .replace(/"[^"]*"|\\.|_.|\*./g, "")
    .split(";");
  const elapsed = /\[(h+|m+|s+)\]/i.test(positive);
  const letters = positive.replace(/\[[^\]]*\]/g, "").toLowerCase();
  if (/^0{2,}$/.test(letters)) return { kind: "padded", digits: letters.length };
  if (/general/.test(letters)) return PLAIN;
  const hasDay = /[ydge]/.test(letters) || (letters.includes("m") && !/[hs]/.test(letters));
  const hasTime = elapsed || /[hs]/.test(letters);
  if (hasDay && hasTime) return { kind: "date-time" };
  if (hasTime) return { kind: "time" };
  return hasDay && /[ymd]/.test(letters) ? { kind: "date" } : PLAIN;
}
