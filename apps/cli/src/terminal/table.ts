import stringWidth from "string-width";
import { pad } from "./text.js";

/** Rows in columns as wide as their widest cell, two blanks apart. `right` names right-bound columns. */
export function table(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, stringWidth(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, i) => pad(cell, widths[i] ?? 0, right.has(i) ? "left" : "right"))
      .join("  ")
      .trimEnd(),
  );
}
