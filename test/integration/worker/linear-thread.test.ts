import {
  createTokenizer,
  type FitLinearPart,
  learnVocabulary,
  linearPartHere,
  type SoftTargets,
  wholeRows,
} from "@winnow/encoder";
import { fitSoftmaxRegression } from "@winnow/linear";
import { beforeAll, expect, it } from "vitest";

// As built: a thread is started from its own file.
const BUILT = new URL(
  "../../../apps/worker/dist/trainer-child/fold/linear-part.js",
  import.meta.url,
).href;

let linearPartInThread: (at: ReturnType<typeof place>) => FitLinearPart;
beforeAll(async () => {
  ({ linearPartInThread } = (await import(BUILT)) as {
    linearPartInThread: typeof linearPartInThread;
  });
});

const TEXTS = Array.from({ length: 200 }, (_, i) => `word${i % 7} topic${i % 3} word${i % 11}`);

function place(softTargets?: SoftTargets) {
  const vocabulary = learnVocabulary(TEXTS, { minCount: 1 });
  const all = Int32Array.from({ length: TEXTS.length }, (_, row) => row);
  return {
    kind: "memory" as const,
    tokens: createTokenizer(vocabulary, { maxLength: 16 }).encodeAll(TEXTS),
    labels: all.map((row) => row % 3),
    ...(softTargets && { softTargets }),
    trainIndices: all.filter((row) => row % 4 !== 0),
    testIndices: all.filter((row) => row % 4 === 0),
    classes: 3,
  };
}

const dataOf = (at: ReturnType<typeof place>) => ({
  rows: wholeRows(at),
  plan: { classWeights: "balanced", labelSmoothing: 0.1 } as const,
  classes: 3,
  seed: 5,
});

const fitInThread = (at: ReturnType<typeof place>, signal = new AbortController().signal) =>
  linearPartInThread(at)(dataOf(at), signal);

it("a thread fits the same linear part as the calling thread, which goes on meanwhile", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const probs = await fitInThread(place());
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
  expect(probs).toEqual(await linearPartHere(fitSoftmaxRegression, dataOf(place())));
});

it("soft targets pass into the thread", async () => {
  const given = place();
  const rows = TEXTS.length;
  const softTargets = {
    offsets: Int32Array.from({ length: rows + 1 }, (_, i) => i),
    classes: given.labels.map((label) => (label + 1) % 3),
    probabilities: new Float32Array(rows).fill(1),
  };
  const probs = await fitInThread(place(softTargets));
  const right = [...given.testIndices].filter((row, i) => {
    const own = [...probs.subarray(3 * i, 3 * i + 3)];
    return own.indexOf(Math.max(...own)) === (given.labels[row]! + 1) % 3;
  });
  expect(right.length).toBe(given.testIndices.length);
});

it("a failure in the thread keeps its code", async () => {
  const given = place();
  const broken = {
    offsets: Int32Array.from({ length: TEXTS.length + 1 }, (_, i) => i),
    classes: given.labels,
    probabilities: new Float32Array(TEXTS.length).fill(Number.NaN),
  };
  const fitted = fitInThread(place(broken));
  await expect(fitted).rejects.toMatchObject({ name: "LinearError", code: "training-diverged" });
});

it("an abort ends the thread", async () => {
  const abort = new AbortController();
  const fitted = fitInThread(place(), abort.signal);
  abort.abort();
  await expect(fitted).rejects.toMatchObject({ code: "cancelled" });
});
