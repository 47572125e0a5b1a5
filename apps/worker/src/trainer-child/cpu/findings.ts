import { listFindings } from "@winnow/confident-learning";
import { type Findings, FindingsParams } from "@winnow/contracts";
import { excerptOf, RowGroups, similarClasses } from "@winnow/corpus";
import {
  TextStore,
  type TypicalityOptions,
  textFeatures,
  textTypicality,
  vectorTypicality,
} from "@winnow/linear";
import { folderPath, ScratchFile } from "@winnow/storage";
import {
  classNames,
  findVectorSource,
  readFileLayout,
  readNearGroups,
  readPredictions,
  readSampleRows,
  writeFindings,
} from "@winnow/store";
import { retryOnOutage } from "../../tasks/outages.js";
import { findRunVectors } from "../vectors/open-vectors.js";
import { type CpuDeps, fittingProgress, type RunClaim } from "./cpu-deps.js";

/**
 * Looks for what else is wrong with a run's dataset, and ends the task with it. Reads the rows once, and
 * twice their n-grams or three times the run's vectors. Throws `StaleClaimError`.
 */
export async function runFindings(claim: RunClaim, deps: CpuDeps): Promise<void> {
  const { store, send } = deps;
  const { crossValidationId, most } = FindingsParams.parse(claim.params);
  send({ type: "progress", phase: "preparing" });
  const rows = await readRows(claim.datasetId, deps);
  const { texts, labels, names } = rows;
  const [n, k] = [labels.length, names.length];
  const predicted = await readPredictions(store, crossValidationId, n);
  const progress = fittingProgress(deps);
  const { typicality, basis } = await typicalityOf(claim, texts, deps, {
    labels,
    k,
    others: predicted,
    onProgress: (share) => progress(Math.floor(share * n), n),
  });
  const groups = await readNearGroups(store, claim.datasetId, n);
  const { listed, all } = listFindings({
    ...{ ...rows, predicted, groups, typicality, basis, most },
    excerptOf: (row) => excerptOf(texts.text(row)),
  });
  const counts = new Int32Array(k);
  for (const label of labels) counts[label]! += 1;
  const counted = names.map((name, c) => ({ name, count: counts[c]! }));
  const result: Findings = {
    ...{ crossValidationId, rows: n },
    ...listed,
    similarClasses: similarClasses(counted).slice(0, most),
  };
  send({ type: "progress", phase: "writing", step: n, steps: n });
  await retryOnOutage(() => writeFindings(store, claim, { steps: n, result, all }));
}

async function readRows(datasetId: string, { store }: CpuDeps) {
  const names = await classNames(store, datasetId);
  const layout = await readFileLayout(store, datasetId);
  const texts = new TextStore();
  const groups = new RowGroups();
  const labels: number[] = [];
  const lines: number[] = [];
  for await (const batch of readSampleRows(store, datasetId)) {
    for (const sample of batch) {
      texts.add(sample.text);
      groups.add(sample);
      labels.push(sample.classIndex);
      lines.push(sample.line);
    }
  }
  return {
    texts,
    labels: Int32Array.from(labels),
    lines,
    names,
    sizes: groups.lengths(),
    groupings: groups.finish(names, layout?.columns ?? []),
  };
}

/** By the run's vectors; by n-grams where it has none, or where they are gone. */
async function typicalityOf(
  { datasetId, crossValidationId }: RunClaim,
  texts: TextStore,
  deps: CpuDeps,
  options: TypicalityOptions,
): Promise<{ typicality: Float32Array; basis: Findings["outliers"]["basis"] }> {
  const folder = folderPath(deps.storageDir, "tokens");
  const source = await findVectorSource(deps.store, crossValidationId);
  const scratch = new ScratchFile(folder);
  try {
    const found =
      source && (await findRunVectors(source, { datasetId, texts }, { ...deps, scratch }));
    if (found)
      return { typicality: await vectorTypicality(found.vectors, options), basis: "vectors" };
  } finally {
    scratch.close();
  }
  const rows = new ScratchFile(folder);
  try {
    const features = await textFeatures(texts, { scratch: rows });
    return { typicality: await textTypicality(features, options), basis: "texts" };
  } finally {
    rows.close();
  }
}
