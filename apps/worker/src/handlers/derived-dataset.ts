import {
  AppError,
  type DatasetIngestParams,
  type DatasetSource,
  type NoiseParams,
} from "@winnow/contracts";
import { rejectWriter, sampleWriter } from "@winnow/copy-rows";
import { type DerivedSummary, type DeriveOptions, deriveCorpus } from "@winnow/corpus";
import {
  classNames,
  type DatasetBatch,
  type DatasetBatches,
  type DatasetSummary,
  readCrossValidation,
  readDataset,
  readFileLayout,
  readLabelsAfter,
  readProfile,
  readPruning,
  readSampleRows,
  type Store,
  takeOverRows,
} from "@winnow/store";
import type { HandlerDeps } from "../tasks/handler.js";
import { agreedLabels, judgedProfile } from "./consensus.js";
import { datasetSummary } from "./dataset-summary.js";
import type { FileSource } from "./source-file.js";

type Source = Exclude<DatasetSource, FileSource>;

/**
 * The samples of another dataset: sampled, with added noise, or as a pruning and the reviews leave them.
 * They are streamed twice. Throws `dataset-not-found` if that dataset has been deleted, and
 * `invalid-parameters`.
 */
export async function derivedBatches(
  source: Source,
  params: DatasetIngestParams,
  deps: HandlerDeps,
  next?: DatasetSummary["next"],
): Promise<DatasetBatches> {
  const { store, signal, beat, announce } = deps;
  const parentId = await parentOf(store, source);
  refuseReading(params.labels);
  const parent = await readDataset(store, parentId);
  const { levels, annotators } = await readProfile(store, parentId);
  const names = await classNames(store, parentId);
  const layout = await readFileLayout(store, parentId);
  const rows = parent.rows ?? 0;
  await announce({ step: 0, steps: 2 * rows, phase: "reading" });
  const voters = annotators?.annotators.map(({ name }) => name);
  const agreed =
    source.type === "consensus"
      ? await agreedLabels(store, source, voters?.length ?? 0, signal)
      : null;
  const samples = deriveCorpus(() => readSampleRows(store, parentId), {
    rows,
    classNames: names,
    newLabels:
      source.type === "pruning"
        ? await readLabelsAfter(store, source.pruningId, source.split, source.reviews)
        : agreed?.labels,
    labelQuality: agreed?.quality,
    columns: layout?.columns,
    labelCells: new Map(layout?.labelCells),
    annotators: voters,
    paths: Array.isArray(levels),
    duplicates: params.duplicates,
    minPerClass: params.labels.minPerClass,
    sampling: params.sampling,
    noise: params.noise && noiseSpec(params.noise, names),
    signal,
    onProgress: (read) => beat({ step: read }),
  });
  const hasTrueLabels = parent.hasTrueLabels || params.noise !== undefined;
  const facts = { sha256: null, hasTrueLabels, layout };
  // Noise makes other labels of those that somebody looked at.
  const withReviews = params.noise === undefined;
  return batchesOf(samples, (summary) => {
    const whole = datasetSummary(summary, facts, params, deps);
    return {
      ...whole,
      profile: judgedProfile(whole.profile, agreed, names),
      next,
      takeOver: (tx, datasetKey) =>
        takeOverRows(tx, { parentId, datasetKey, kept: summary.kept, withReviews }),
    };
  });
}

async function parentOf(store: Store, source: Source): Promise<string> {
  if (source.type === "dataset") return source.datasetId;
  if (source.type === "pruning") return (await readPruning(store, source.pruningId)).datasetId;
  return (await readCrossValidation(store, source.crossValidationId)).datasetId;
}

async function* batchesOf(
  derived: ReturnType<typeof deriveCorpus>,
  summarise: (summary: DerivedSummary) => DatasetSummary,
): AsyncGenerator<DatasetBatch, DatasetSummary> {
  const samples = sampleWriter();
  const rejects = rejectWriter().take();
  let next = await derived.next();
  for (; !next.done; next = await derived.next()) {
    yield { samples: samples.blockOf(next.value), rejects };
  }
  return summarise(next.value);
}

/** Refuses a policy that reads label fields: a derived dataset has none, and its classes are fixed. */
function refuseReading(labels: DatasetIngestParams["labels"]) {
  const { policy, level, shortPaths, aliases, normalizeLabels } = labels;
  const isRenaming = normalizeLabels || (aliases?.length ?? 0) > 0;
  const untouched = policy === "first" && level === "full" && shortPaths === "keep" && !isRenaming;
  if (untouched) return;
  throw new AppError(
    "invalid-parameters",
    "A derived dataset keeps its parent's classes; of the label policy only minPerClass applies. To use another policy, ingest the file again.",
    { errors: [{ pointer: "/labels", detail: "only minPerClass may be given" }] },
  );
}

/** The noise with classes as indices. Throws `invalid-parameters` for the name of no class. */
function noiseSpec(
  { seed, ...noise }: NoiseParams,
  names: readonly string[],
): NonNullable<DeriveOptions["noise"]> {
  if (noise.type !== "pair") return { spec: noise, seed };
  const { type, rate, pairs } = noise;
  if (!pairs) return { spec: { type, rate }, seed };
  const indices = new Map(names.map((name, index) => [name, index]));
  const indexOf = (name: string, pointer: string): number => {
    const index = indices.get(name);
    if (index !== undefined) return index;
    const detail = `${JSON.stringify(name.slice(0, 80))} is not a class of the dataset`;
    throw new AppError("invalid-parameters", `${detail}.`, { errors: [{ pointer, detail }] });
  };
  return {
    spec: {
      type,
      rate,
      pairs: pairs.map(({ from, to }, i) => [
        indexOf(from, `/noise/pairs/${i}/from`),
        indexOf(to, `/noise/pairs/${i}/to`),
      ]),
    },
    seed,
  };
}
