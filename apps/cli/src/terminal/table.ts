import stringWidth from "string-width";
import { oneLine, pad } from "./text.js";

/** Where a row continues that did not fit into one line. */
const INDENT = 4;

interface TableOptions {
  /** Columns whose cells are aligned to the right. */
  readonly right?: ReadonlySet<number>;
  /** The widest line; columns that do not fit are moved to further lines. Default: no limit. */
  readonly width?: number;
}

/** Rows as lines: columns as wide as their widest cell, two blanks apart. */
export function table(
  given: readonly (readonly string[])[],
  { right = new Set(), width = Number.POSITIVE_INFINITY }: TableOptions = {},
): string[] {
  const rows = given.map((row) => row.map(oneLine));
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, stringWidth(cell));
    });
  }
  const parts = columnsByLine(widths, width);
  return rows.flatMap((row) =>
    parts.flatMap((columns, part) => {
      const cells = columns.map((i) =>
        pad(row[i] ?? "", widths[i]!, right.has(i) ? "left" : "right"),
      );
      const line = cells.join("  ").trimEnd();
      if (part === 0) return [line];
      return line === "" ? [] : [" ".repeat(INDENT) + line];
    }),
  );
}

/** The columns of each line: as many as fit, and never none. */
function columnsByLine(widths: readonly number[], width: number): number[][] {
  const lines: number[][] = [[]];
  let used = 0;
  widths.forEach((own, i) => {
    const line = lines.at(-1)!;
    if (line.length > 0 && used + 2 + own > width) {
      lines.push([i]);
      used = INDENT + own;
    } else {
      used += own + (line.length > 0 ? 2 : 0);
      line.push(i);
    }
  });
  return lines;
}
