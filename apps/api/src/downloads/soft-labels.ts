import { softLabels, type Transition } from "@winnow/confident-learning";
import type { ExportRow } from "@winnow/store";
import { inBatches } from "./in-batches.js";

/** A class that may be the true one, and its probability. */
export interface SoftLabel {
  readonly label: string;
  readonly probability: number;
}

/** Classes per row at most; impossible ones are left out. */
const TOP_CLASSES = 5;

/**
 * Adds to each row the posterior of its true class, most likely first. The rows have probabilities
 * (K,), and `names` are the names of the K classes. Holds one batch of rows in memory.
 */
export async function* withSoftLabels(
  rows: AsyncIterable<ExportRow>,
  transition: Transition,
  names: readonly string[],
): AsyncGenerator<ExportRow & { soft: SoftLabel[] }> {
  for await (const batch of inBatches(rows)) {
    for await (const block of softLabels(sourceOf(batch, transition.k), transition, {
      top: TOP_CLASSES,
    })) {
      for (const [i, row] of batch.entries()) {
        const soft: SoftLabel[] = [];
        for (let j = i * block.top; j < (i + 1) * block.top; j++) {
          const probability = block.probabilities[j]!;
          const label = names[block.classes[j]!] ?? "";
          if (probability > 0) soft.push({ label, probability });
        }
        yield { ...row, soft };
      }
    }
  }
}

/** A batch as a source of one block. */
function sourceOf(batch: readonly ExportRow[], k: number) {
  const labels = Int32Array.from(batch, (row) => row.labelIndex);
  const probs = new Float32Array(batch.length * k);
  for (const [i, row] of batch.entries()) {
    if (row.probs?.length !== k) {
      throw new Error(`the row ${row.ordinal} has ${row.probs?.length} probabilities, not ${k}`);
    }
    probs.set(row.probs, i * k);
  }
  const start = batch[0]?.ordinal ?? 0;
  const block = { start, rows: batch.length, labels, probs };
  return { n: batch.length, k, dtype: "float32" as const, blocks: () => [block] };
}
