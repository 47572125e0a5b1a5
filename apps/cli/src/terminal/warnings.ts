import { hang } from "./hang.js";
import type { Paint } from "./paint.js";
import { COLORS } from "./paint.js";

/** A warning of a dataset or a job as lines of at most `width` columns. */
export const warningLines = (
  { code, message }: { readonly code: string; readonly message: string },
  width: number,
  paint: Paint = COLORS,
): string[] => hang("warning  ", `${code}: ${message}`, width).map((line) => paint.yellow(line));
