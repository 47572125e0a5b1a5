import { readProbabilityBlocks, type Store } from "@winnow/store";

/** A run's probabilities, a row each in sample order. */
export async function probabilitiesOf(
  store: Store,
  crossValidationId: string,
  classes = 3,
): Promise<number[][]> {
  const rows: number[][] = [];
  for await (const block of readProbabilityBlocks(store, crossValidationId, classes)) {
    for (let i = 0; i < block.rows; i++) {
      rows.push([...block.probs.subarray(classes * i, classes * (i + 1))]);
    }
  }
  return rows;
}
