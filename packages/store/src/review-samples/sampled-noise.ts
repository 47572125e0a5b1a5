import type { Pruning, ReviewSample, SampledNoise } from "@winnow/contracts";
import type { Store } from "../database/client.js";
import type { PruningAlone } from "../prunings/prunings.js";
import { readNewestSamples } from "./read-samples.js";

/** Newer samples that were only begun do not hide what an earlier one says. */
const NEWEST = 5;

/** Prunings with what the newest sample of their dataset says of which enough is reviewed. */
export async function withSampledNoise(
  store: Store,
  prunings: readonly PruningAlone[],
): Promise<Pruning[]> {
  const datasets = prunings.map(({ datasetId }) => datasetId);
  const samples = await readNewestSamples(store, datasets, NEWEST);
  const newest = new Map<string, ReviewSample>();
  for (const sample of samples) {
    if (sample.isEnough && !newest.has(sample.datasetId)) newest.set(sample.datasetId, sample);
  }
  return prunings.map((pruning) => ({
    ...pruning,
    sampledNoise: noiseOf(newest.get(pruning.datasetId), pruning.id),
  }));
}

/** The noise rate is the dataset's; precision and recall are those of one pruning's flags. */
function noiseOf(sample: ReviewSample | undefined, pruningId: string): SampledNoise | null {
  if (!sample?.noiseRate) return null;
  const isOwn = sample.pruningId === pruningId;
  return {
    sampleId: sample.id,
    counted: sample.strata.reduce((sum, { counted }) => sum + counted, 0),
    noiseRate: sample.noiseRate,
    precision: isOwn ? sample.precision : null,
    recall: isOwn ? sample.recall : null,
  };
}
