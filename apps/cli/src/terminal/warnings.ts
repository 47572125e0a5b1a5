import pc from "picocolors";
import { hang } from "./hang.js";

/** A warning of a dataset or a job as lines of at most `width` columns. */
export const warningLines = (
  { code, message }: { code: string; message: string },
  width: number,
): string[] => hang("warning  ", `${code}: ${message}`, width).map((line) => pc.yellow(line));
