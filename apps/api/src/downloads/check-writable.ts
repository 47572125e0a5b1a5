import { AppError } from "@winnow/contracts";
import type { Store } from "@winnow/store";
import type { Limiter } from "../access/limiter.js";
import { type ExportFormat, unwritableRows } from "./export-formats.js";
import { type ExportSplit, openSplit } from "./export-splits.js";

interface Wanted {
  readonly split: ExportSplit;
  readonly format: ExportFormat;
  readonly unwritable: "refuse" | "clean";
}

/**
 * How many rows of an export its format cannot hold. They are counted before the first byte, since a
 * download that has begun can only break off. Throws `unwritable-rows` unless they are to be cleaned,
 * the errors of `openSplit`, and `overloaded`: it reads as much as a download.
 */
export async function checkWritable(
  { store, downloads }: { readonly store: Store; readonly downloads: Limiter },
  pruningId: string,
  { split, format, unwritable }: Wanted,
): Promise<number> {
  if (format !== "toutiao-multilevel") return 0;
  const release = downloads.acquire();
  try {
    const { count, first } = await unwritableRows(await openSplit(store, pruningId, split), format);
    if (first && unwritable === "refuse") {
      throw new AppError(
        "unwritable-rows",
        `${format} cannot hold ${count} of the rows. The first is that of line ${first.line}: ${first.why}.`,
        {
          errors: [
            {
              pointer: "/query/format",
              detail: "Use jsonl, csv, tsv or parquet, or unwritable=clean to have them changed",
            },
          ],
        },
      );
    }
    return count;
  } finally {
    release();
  }
}
