import { AppError } from "@winnow/contracts";
import type { Store } from "@winnow/store";
import type { Turns } from "../access/limiter.js";
import { openSplit } from "./export-splits.js";
import { type ExportPlan, whyUnwritableIn } from "./write-export.js";

/**
 * How many rows of an export its format cannot hold. They are counted before the first byte, since a
 * download that has begun can only break off. Throws `unwritable-rows` unless they are to be cleaned,
 * the errors of `openSplit`, and `overloaded`: it reads as much as a download.
 */
export async function checkWritable(
  { store, downloads }: { readonly store: Store; readonly downloads: Turns },
  pruningId: string,
  plan: ExportPlan,
): Promise<number> {
  const whyNot = whyUnwritableIn(plan);
  if (!whyNot) return 0;
  const { split, reviews, format, clean } = plan;
  const release = downloads.acquire();
  try {
    let count = 0;
    let first = "";
    for await (const record of await openSplit(store, pruningId, split, { reviews })) {
      const why = whyNot(record);
      if (why === null) continue;
      count += 1;
      first ||= `The first is that of line ${record.line}: ${why}.`;
    }
    if (count === 0 || clean) return count;
    throw new AppError(
      "unwritable-rows",
      `${format.type} cannot hold ${count} of the rows. ${first}`,
      {
        errors: [
          {
            pointer: "/query/format",
            detail: "Use jsonl, csv, tsv or parquet, or unwritable=clean to have them changed",
          },
        ],
      },
    );
  } finally {
    release();
  }
}
