import type { ClassSums, Gaussian } from "../gaussian/gaussian.js";
import { fitTemperature, temper } from "../naive-bayes/temperature.js";
import type { Scratch } from "../ngrams/row-store.js";
import { isHeldInMemory, probabilities } from "./cells.js";
import type { HeldOut } from "./held-out.js";
import { ProbabilityStore } from "./probability-store.js";
import { sourceOf } from "./source.js";

/**
 * Probabilities of every row by the Gaussians that did not learn from it, with one temperature for
 * all, fitted to the given labels; of more rows than memory holds, to a sample of them.
 */
export async function gaussianHeldOut(
  gaussian: Gaussian,
  sums: ClassSums,
  { ridge, labels, scratch }: { ridge: number; labels: Int32Array; scratch: Scratch },
  onProgress: (rows: number) => void,
): Promise<HeldOut> {
  const { k } = sums;
  const n = labels.length;
  const blocks = gaussian.scores(sums, ridge);
  if (isHeldInMemory(n * k)) {
    const probs = probabilities(n * k);
    for await (const { start, rows, z } of blocks) {
      probs.set(z, start * k);
      onProgress(start + rows);
    }
    const temperature = fitTemperature({ scores: probs, labels, k });
    temper(probs, k, temperature);
    return { source: sourceOf(labels, probs, k), temperature };
  }
  const temperature = await gaussian.temperature(sums, ridge);
  // Rows come in order: as if all were of one fold.
  const store = new ProbabilityStore(labels, new Uint8Array(n), k, scratch);
  for await (const { start, rows, z } of blocks) {
    temper(z, k, temperature);
    for (let i = 0; i < rows; i++) store.write(z.subarray(i * k, (i + 1) * k));
    onProgress(start + rows);
  }
  store.flush();
  return { source: store.source(), temperature };
}
