import type { ProbabilitySource } from "@winnow/confident-learning";
import { readProbabilityBlocks, type Store } from "@winnow/store";

/** The stored probabilities, read again for each pass. */
export function probabilitySource(
  store: Store,
  crossValidationId: string,
  n: number,
  k: number,
): ProbabilitySource {
  return {
    n,
    k,
    dtype: "float32",
    blocks: () => readProbabilityBlocks(store, crossValidationId, k),
  };
}
