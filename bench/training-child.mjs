// One fold of synthetic titles, timed: prints {train, predict, rss} as JSON (samples/s, bytes).
// Arguments: backend, blocks, batch size, training rows, folder of the native packages ("" = ours).
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { modelConfig, selectBackend, trainFold } from "@winnow/albert";
import { CLASSES, makeTexts, VOCABULARY } from "./training-texts.mjs";

const [backend, blocks, batchSize, rows, packages] = process.argv.slice(2);
const load = packages && createRequire(join(resolve(packages), "x.js"));
const started = await selectBackend(backend, load ? async (name) => load(name) : undefined);
const { ids, offsets, labels } = makeTexts(Number(rows) + 2000);
const sizes = { embeddingSize: 128, hiddenSize: 312, heads: 12, intermediateSize: 1248 };
const all = Int32Array.from(labels.keys());

let firstStep = 0;
let trained = 0;
let start = 0;
let train = 0;
let predict = 0;
await trainFold({
  config: modelConfig({
    preset: { ...sizes, layers: Number(blocks) },
    head: { tap: "block", layer: Number(blocks), pooling: "cls" },
  }),
  vocabularySize: VOCABULARY,
  classes: CLASSES,
  tokens: { ids, offsets },
  labels,
  trainIndices: all.subarray(0, Number(rows)),
  testIndices: all.subarray(Number(rows)),
  seed: 1,
  training: { epochs: 1, batchSize: Number(batchSize), embeddings: "random" },
  onProgress: ({ step, steps, samples }) => {
    // The first steps warm the machine up.
    if (step === Math.min(3, steps - 1)) {
      firstStep = samples;
      start = performance.now();
    }
    trained = samples - firstStep;
    if (step === steps) {
      train = (1000 * trained) / (performance.now() - start);
      start = performance.now();
    }
  },
  onHeldOut: () => {
    predict = (1000 * 2000) / (performance.now() - start);
  },
});
const rss = process.resourceUsage().maxRSS * 1024;
console.log(
  JSON.stringify({ train, predict, rss, backend: started.backend, device: started.device }),
);
