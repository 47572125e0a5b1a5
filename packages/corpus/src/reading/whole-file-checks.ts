import { emptyFile } from "../bytes/text-bytes.js";
import { CorpusError } from "../errors.js";
import { REJECT_ADVICE } from "../rows/reject-advice.js";
import type { CorpusReject, RejectReason } from "../rows/samples.js";
import type { CorpusClass } from "../statistics/profile.js";

/** What reading a file came to. */
export interface ReadingFacts {
  readonly kept: number;
  /** Rows that passed every check, before sampling. */
  readonly usable: number;
  readonly classes: readonly CorpusClass[];
  /** Most frequent reason first. */
  readonly rejected: readonly { reason: RejectReason; count: number }[];
  /** The first ones, in file order. */
  readonly rejects: readonly CorpusReject[];
}

/** Throws CorpusError for a file that is no dataset as a whole. */
export function checkWhole(facts: ReadingFacts): void {
  const { kept, usable, classes, rejected, rejects } = facts;
  if (kept === 0 && rejected.every(({ reason }) => reason === "empty-line")) throw emptyFile();
  const unknown = rejected.find(({ reason }) => reason === "unknown-label")?.count ?? 0;
  if (unknown > 0 && unknown >= usable) {
    const first = rejects.find(({ reason }) => reason === "unknown-label");
    throw new CorpusError(
      "label-names-mismatch",
      `${unknown} of ${unknown + usable} labels match no known class${first ? ` (line ${first.line}: ${first.detail})` : ""}. Check labelNames and the label column.`,
      { rejected, rejects },
    );
  }
  if (kept === 0) throw noRowsKept(facts);
  const filled = classes.filter(({ count }) => count > 0);
  if (filled.length === 1) {
    const lost = mostFrequent(facts);
    throw new CorpusError(
      "single-class",
      `Every kept row has the label ${JSON.stringify(filled[0]?.name.slice(0, 80))}. At least two classes are needed.${lost === "" ? " Check the label column." : ` ${lost}`}`,
      { rejected, rejects },
    );
  }
}

export function noRowsKept(facts: Pick<ReadingFacts, "rejected" | "rejects">): CorpusError {
  const { rejected, rejects } = facts;
  const tried = rejected.reduce((sum, { count }) => sum + count, 0);
  return new CorpusError(
    "no-rows-kept",
    `No row of the ${tried} tried could be kept. ${mostFrequent(facts)}`,
    { rejected, rejects },
  );
}

/** The most frequent reason with its first line and what to do; blank lines say nothing. */
function mostFrequent({ rejected, rejects }: Pick<ReadingFacts, "rejected" | "rejects">): string {
  const most = rejected.find(({ reason }) => reason !== "empty-line") ?? rejected[0];
  if (!most) return "";
  const { reason, count } = most;
  const first = rejects.find((reject) => reject.reason === reason);
  const where = first ? ` (line ${first.line}: ${first.detail})` : "";
  return `${count} rejected as "${reason}"${where}. To fix: ${REJECT_ADVICE[reason].fix}.`;
}
