// A fold's process for bench:training-memory: prints {prepared, peak, seconds, steps} as JSON, bytes of memory at
// the most when its rows are ready and when it ends.
import { FoldTrainingParams } from "@winnow/contracts";
import {
  type BackendName,
  type FoldRows,
  linearPartHere,
  modelConfig,
  selectBackend,
  trainShards,
} from "@winnow/encoder";
import { fitSoftmaxRegression } from "@winnow/linear";
import { folderPath, makeFolder } from "@winnow/storage";
import { openStore } from "@winnow/store";
import { inProject } from "../service/paths.js";

export interface WantedFold {
  readonly databaseUrl: string;
  readonly datasetId: string;
  readonly storageDir: string;
  readonly tokens: "shards" | "memory";
  readonly steps: number;
  readonly predicted: number;
  readonly backend: string;
}

export interface MeasuredFold {
  readonly prepared: number;
  readonly peak: number;
  readonly seconds: { readonly prepared: number; readonly trained: number };
  readonly steps: number;
}

const BATCH = 32;
const wanted: WantedFold = JSON.parse(process.argv[2]!);
const [{ readFoldInputs }, { openRows }, { openSharedCache }] = await Promise.all(
  ["trainer-child/inputs/fold-inputs", "trainer-child/inputs/rows-place", "run-files/shared-cache"]
    .map((name) => inProject(`apps/worker/dist/${name}.js`))
    .map((path) => import(path)),
);

const { databaseUrl, datasetId, storageDir } = wanted;
const store = openStore({ databaseUrl, applicationName: "bench" });
const startedAt = performance.now();
const folder = folderPath(storageDir, "tokens");
await makeFolder(folder);
const params = FoldTrainingParams.parse({ datasetId, folds: 10, model: { vocabulary: {} } });
const inputs = await readFoldInputs(params, {
  ...{ store, storageDir },
  cache: openSharedCache(folder, (error: unknown) => {
    throw error;
  }),
  reading: { vocabulary: null, lowerCase: true },
  ...(wanted.tokens === "memory" && { shardRows: Number.POSITIVE_INFINITY }),
});
const rows: FoldRows = openRows(await inputs.fold(0, null));
const prepared = peakBytes();
const trainedFrom = performance.now();

const part = partOf(rows, Math.ceil((wanted.steps * BATCH) / rows.texts.length), wanted.predicted);
await selectBackend(wanted.backend as BackendName, (name) => import(name));
const { steps } = await trainShards({
  config: modelConfig({}),
  vocabularySize: inputs.vocabulary.length,
  classes: inputs.classCount,
  seed: 1,
  rows: part,
  training: { epochs: 1, batchSize: BATCH, linearPart: true },
  fitLinearPart: (data, signal) => linearPartHere(fitSoftmaxRegression, data, signal),
});
await store.close();
const ended = performance.now();
console.log(
  JSON.stringify({
    ...{ prepared, peak: peakBytes(), steps },
    seconds: { prepared: (trainedFrom - startedAt) / 1000, trained: (ended - trainedFrom) / 1000 },
  } satisfies MeasuredFold),
);

/** The fold, with so many rows of each shard to learn from and so many held out. */
function partOf(all: FoldRows, learned: number, predicted: number): FoldRows {
  return {
    ...all,
    trainRows: all.trainRows.map((own) => Math.min(own, learned)),
    testLabels: all.testLabels.slice(0, predicted),
    async readShard(index) {
      const shard = await all.readShard(index);
      const kept = shard.testIndices.filter((_, i) => shard.testPlaces[i]! < predicted);
      return {
        ...shard,
        trainIndices: shard.trainIndices.subarray(0, learned),
        testIndices: kept,
        testPlaces: shard.testPlaces.filter((place) => place < predicted),
      };
    },
  };
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
