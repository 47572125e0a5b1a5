// One fold of synthetic titles, timed: prints {train, predict, rss, estimate, digest} as JSON
// (samples/s, bytes of memory at the most, what the estimate said before, and a hash of the
// predicted probabilities, by which runs compare bit for bit). The first epoch and its prediction warm up, as the
// peer's do; the second one counts, on a GPU the median of the next three.
// Arguments: backend, blocks, batch size, training rows, folder of the native packages ("" = ours),
// engine ("" = the backend's fastest), rows to predict ("" = as many as keep the backend busy).
// It needs no other file of the project once it is bundled: bench/training-bundle.ts.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import {
  type BackendName,
  EncoderError,
  type Engine,
  estimateFold,
  modelConfig,
  selectBackend,
  trainFold,
} from "@winnow/encoder";
import { softmaxRegressionBytes } from "@winnow/linear";
import { CLASSES, makeTexts, VOCABULARY } from "./texts.js";

const [backend, blocks, batchSize, rows, packages, engine, testRows] = process.argv.slice(2);
const load = packages && createRequire(join(resolve(packages), "x.js"));
/** By literal names, which a bundle can follow. */
const WEBGPU: Record<string, () => Promise<unknown>> = {
  webgpu: () => import("webgpu"),
  "@tensorflow/tfjs-backend-webgpu": () => import("@tensorflow/tfjs-backend-webgpu"),
};
const started = await selectBackend(backend as BackendName, async (name) =>
  load ? load(name) : (WEBGPU[name]?.() ?? import(name)),
).catch((error: unknown) => {
  if (!(error instanceof EncoderError)) throw error;
  console.error(`EncoderError: ${error.message}`);
  process.exit(1);
});
// A GPU needs more rows to be busy.
const onGpu = started.device === "gpu" || started.backend === "webgpu";
const TEST_ROWS = Number(testRows) || (onGpu ? 20_000 : 2000);
const EPOCHS = onGpu ? 4 : 2;
const { ids, offsets, labels } = makeTexts(Number(rows) + TEST_ROWS);
const SIZES = { embeddingSize: 128, hiddenSize: 312, heads: 12, intermediateSize: 1248 };
const all = Int32Array.from(labels.keys());
const config = modelConfig({
  preset: { ...SIZES, layers: Number(blocks) },
  head: { tap: "block", layer: Number(blocks), pooling: "cls" },
});
// The network alone, as the peer has it.
const training = {
  epochs: EPOCHS,
  batchSize: Number(batchSize),
  embeddings: "random",
  linearPart: false,
} as const;
const lengths = Array.from(labels, (_, row) => offsets[row + 1]! - offsets[row]!).sort(
  (a, b) => a - b,
);
const size = {
  vocabularySize: VOCABULARY,
  classes: CLASSES,
  trainRows: Number(rows),
  testRows: TEST_ROWS,
  longestPieces: lengths[Math.floor(0.99 * lengths.length)]!,
};
const estimate = estimateFold(config, size, {
  training,
  backend: started.backend,
  linearPartBytes: softmaxRegressionBytes,
}).peakMemoryBytes;

const digest = createHash("sha256");
const rates = { train: [] as number[], predict: [] as number[] };
let seen = 0;
let start = performance.now();
await trainFold({
  config,
  vocabularySize: VOCABULARY,
  classes: CLASSES,
  tokens: { ids, offsets },
  labels,
  trainIndices: all.subarray(0, Number(rows)),
  testIndices: all.subarray(Number(rows)),
  seed: 1,
  training,
  ...(engine && { engine: engine as Engine }),
  onProgress: ({ step, steps, epoch, samples }) => {
    if (step < (epoch * steps) / EPOCHS) return;
    rates.train.push((1000 * (samples - seen)) / (performance.now() - start));
    seen = samples;
    start = performance.now();
  },
  onHeldOut: (_epoch, probs) => {
    rates.predict.push((1000 * TEST_ROWS) / (performance.now() - start));
    digest.update(probs);
    start = performance.now();
  },
});
/** Without the first epoch. */
const median = ([, ...others]: readonly number[]) =>
  others.sort((a, b) => a - b)[Math.floor(others.length / 2)];
const [train, predict] = [median(rates.train), median(rates.predict)];
const rss = process.resourceUsage().maxRSS * 1024;
const { backend: name, version, device } = started;
const result = { train, predict, rss, estimate, digest: digest.digest("hex").slice(0, 16) };
console.log(JSON.stringify({ ...result, backend: name, version, device }));
