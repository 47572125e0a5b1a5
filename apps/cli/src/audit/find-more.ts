import { listFindings, type ProbabilitySource } from "@winnow/confident-learning";
import { excerptOf, similarClasses } from "@winnow/corpus";
import {
  type TextFeatures,
  textTypicality,
  type VectorSource,
  vectorTypicality,
} from "@winnow/linear";
import type { FoundHere } from "../report/findings-lines.js";
import type { AuditRows } from "./read-file.js";

interface MoreInput {
  /** With their groupings. */
  readonly rows: AuditRows;
  readonly source: ProbabilitySource;
  readonly features: TextFeatures;
  readonly vectors: VectorSource | undefined;
  /** How many groups and rows are listed. */
  readonly most: number;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** What else is wrong with a file, beside single labels. */
export async function findMore(input: MoreInput): Promise<FoundHere> {
  const { rows, source, features, vectors, most, signal, onProgress } = input;
  const { texts, labels, lines, groups, summary } = rows;
  const { by: groupings, sizes } = rows.groupings!;
  const names = summary.classes.map(({ name }) => name);
  const predicted = await predictions(source, signal);
  const asked = { labels, k: names.length, others: predicted, signal, onProgress };
  const typicality =
    vectors === undefined
      ? await textTypicality(features, asked)
      : await vectorTypicality(vectors, asked);
  const { listed } = listFindings({
    ...{ labels, lines, names, predicted, groups, groupings, typicality, sizes, most },
    basis: vectors === undefined ? "texts" : "vectors",
    excerptOf: (row) => excerptOf(texts.text(row)),
  });
  return {
    rows: labels.length,
    ...listed,
    similarClasses: similarClasses(summary.classes).slice(0, most),
  };
}

/** The likeliest class of each row, (n). */
async function predictions(source: ProbabilitySource, signal: AbortSignal): Promise<Uint16Array> {
  const { n, k } = source;
  const predicted = new Uint16Array(n);
  for await (const { start, rows, probs } of source.blocks()) {
    signal.throwIfAborted();
    for (let i = 0; i < rows; i++) {
      let best = 0;
      for (let c = 1; c < k; c++) if (probs[i * k + c]! > probs[i * k + best]!) best = c;
      predicted[start + i] = best;
    }
  }
  return predicted;
}
