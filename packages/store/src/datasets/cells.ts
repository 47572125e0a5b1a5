import { type ColumnValue, FileLayout } from "@winnow/contracts";
import type { Cells } from "@winnow/copy-rows";

/** As `sampleWriter` writes them. */
export const readCells = (stored: string | null): Cells | null =>
  stored === null ? null : (JSON.parse(stored) as Cells);

export const readLayout = (stored: string | null): FileLayout | null =>
  stored === null ? null : FileLayout.parse(JSON.parse(stored));

/** The values of a row that make no part of its sample, with their names, in file order. */
export function columnValues(cells: Cells | null, layout: FileLayout | null): ColumnValue[] {
  if (!cells || !layout) return [];
  return layout.columns.flatMap(({ name, role, encoding, isRest }, i): ColumnValue[] => {
    const cell = cells[i] ?? null;
    if (cell === null || role !== null) return [];
    if (encoding === "text") return [{ name, value: cell }];
    const value: unknown = JSON.parse(withLongNumbersAsTexts(cell));
    if (!isRest) return [{ name, value }];
    return Object.entries(Object(value)).map(([key, inner]) => ({ name: key, value: inner }));
  });
}

const STRINGS_AND_NUMBERS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/** Numbers that a double, and so most readers of JSON, would change, become texts. */
function withLongNumbersAsTexts(json: string): string {
  if (!/\d{16}|\d[eE]/.test(json)) return json;
  return json.replace(STRINGS_AND_NUMBERS, (part) => {
    if (part.startsWith('"')) return part;
    const isKept = /^-?\d+$/.test(part)
      ? BigInt(part) === BigInt(Number(part))
      : Number.isFinite(Number(part));
    return isKept ? part : `"${part}"`;
  });
}
