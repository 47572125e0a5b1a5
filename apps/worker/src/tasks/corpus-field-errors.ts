import type { FieldError } from "@winnow/contracts";
import type { CorpusReject } from "@winnow/corpus";
import { type CorpusError, REJECT_ADVICE } from "@winnow/corpus/errors";

/** How many rejected lines an error shows; a failed dataset has the first 1,000. */
const SHOWN = 5;

/** What a file's error knows: what the file looks like instead, and the first rejected lines. */
export function corpusFieldErrors({ details }: CorpusError): FieldError[] {
  const { hints = [], rejects = [], rejected = [] } = details;
  const shown = chosen(
    rejects,
    rejected.map(({ reason }) => reason),
  );
  return [
    ...hints,
    ...shown.map(({ line, reason, detail }) => {
      const { pointer, fix } = REJECT_ADVICE[reason];
      return { pointer, detail: `line ${line}: ${reason}: ${detail}`, line, reason, fix };
    }),
  ];
}

/** The first reject of each of the most frequent reasons, then the first ones of all, by line. */
function chosen(
  rejects: readonly CorpusReject[],
  reasons: readonly CorpusReject["reason"][],
): CorpusReject[] {
  const firsts = reasons
    .map((reason) => rejects.find((reject) => reject.reason === reason))
    .filter((reject) => reject !== undefined);
  return [...new Set([...firsts.slice(0, SHOWN), ...rejects])]
    .slice(0, SHOWN)
    .sort((a, b) => a.line - b.line);
}
