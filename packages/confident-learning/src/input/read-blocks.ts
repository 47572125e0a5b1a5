import { ConfidentLearningError } from "../errors.js";
import type { Progress } from "./options.js";
import type { ProbabilityBlock, ProbabilitySource } from "./source.js";

/** One read of a source: which pass it is and of how many, its progress callback and signal. */
export interface Pass {
  readonly pass: number;
  readonly passes: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/**
 * Calls `use` with every block of `source`, and checks that the blocks contain all n rows in order
 * and complete arrays. Throws `invalid-source` or `length-mismatch` if they do not.
 */
export async function readBlocks(
  source: ProbabilitySource,
  pass: Pass,
  use: (block: ProbabilityBlock) => void | Promise<void>,
): Promise<void> {
  const { n, k } = source;
  let rows = 0;
  for await (const block of source.blocks()) {
    pass.signal?.throwIfAborted();
    if (block.start !== rows || rows + block.rows > n) {
      const message = `a block of ${block.rows} rows from ${block.start} came after row ${rows} of ${n}`;
      throw new ConfidentLearningError("invalid-source", message);
    }
    checkLengths(block, k);
    const using = use(block);
    if (using !== undefined) await using;
    rows += block.rows;
    pass.onProgress?.({ pass: pass.pass, passes: pass.passes, rows, n });
  }
  if (rows !== n) {
    const message = `the source promised ${n} rows and gave ${rows}`;
    throw new ConfidentLearningError("length-mismatch", message);
  }
}

function checkLengths(block: ProbabilityBlock, k: number): void {
  if (block.labels.length === block.rows && block.probs.length === block.rows * k) return;
  throw new ConfidentLearningError(
    "length-mismatch",
    `the block from row ${block.start} has ${block.rows} rows, ${block.labels.length} labels and ` +
      `${block.probs.length} probabilities; expected ${block.rows * k} for ${k} classes`,
    { row: block.start },
  );
}
