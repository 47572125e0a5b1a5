import type { FileLayout } from "@winnow/contracts";
import { isLineFormat, type WritableFormat } from "@winnow/corpus";

/** How many of the file's columns an export in a format leaves out. */
export function columnsLeftOut(
  format: WritableFormat,
  { format: file, columns }: FileLayout,
): number {
  if (!isLineFormat(format) || file.type === format) return 0;
  const held = format === "fasttext" ? ["text", "label"] : ["text", "label", "id"];
  return columns.filter(({ role }) => role === null || !held.includes(role)).length;
}
