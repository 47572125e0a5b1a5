import { expect, it } from "vitest";
import { generator, randomTexts } from "../../oracle/random-texts.js";
import { slowFeatures, slowScores } from "../../oracle/slow-naive-bayes.js";
import {
  fitTemperature,
  type HeldOutSource,
  quickByParent,
  quickModel,
  type Scratch,
  temper,
  textsOf,
} from "../index.js";

const RUNS = 20;
const CLASSES = 5;
/** Classes 0, 2 and 4 are sisters; 1 and 3 have a parent each. */
const PARENT_OF = Int32Array.from([0, 1, 0, 2, 0]);
const SISTERS = [0, 2, 4];

const unused: Scratch = {
  append() {
    throw new Error("so few rows need no file");
  },
  read() {
    throw new Error("so few rows need no file");
  },
};

function dataOf(seed: number) {
  const { texts, labels, folds } = randomTexts(generator(seed), { k: CLASSES });
  return {
    texts,
    labels: Int32Array.from(labels),
    folds: Uint8Array.from(folds),
    k: CLASSES,
  };
}

const rowsOf = (source: HeldOutSource): number[] =>
  [...source.blocks()].flatMap(({ probs }) => Array.from(probs));

/** softmax of dense scores, each class's rows and no others teaching it; -1 is no class. */
function slowProbabilities(texts: string[], own: readonly number[], folds: Uint8Array, k: number) {
  const targets = own.map((label) => Array.from({ length: k }, (_, c) => Number(c === label)));
  const scores = Float64Array.from(slowScores(slowFeatures(texts), targets, [...folds]));
  const judged = own.flatMap((label, row) => (label < 0 ? [] : [row]));
  const labelled = Float64Array.from(
    judged.flatMap((row) => [...scores.subarray(row * k, row * k + k)]),
  );
  const labels = judged.map((row) => own[row]!);
  temper(scores, k, fitTemperature({ scores: labelled, labels, k }));
  return scores;
}

it("multiplies the parents' model with the one of each parent's children, as dense loops give both", async () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const { texts, ...data } = dataOf(seed);
    const { source } = await quickByParent({
      ...data,
      texts: textsOf(texts),
      parentOf: PARENT_OF,
      openScratch: () => unused,
    });
    const labels = [...data.labels];
    const top = slowProbabilities(
      texts,
      labels.map((k) => PARENT_OF[k]!),
      data.folds,
      3,
    );
    const low = slowProbabilities(
      texts,
      labels.map((k) => SISTERS.indexOf(k)),
      data.folds,
      3,
    );
    const found = rowsOf(source);
    labels.forEach((_, row) => {
      for (let k = 0; k < CLASSES; k++) {
        const sister = SISTERS.indexOf(k);
        const share = sister < 0 ? 1 : low[row * 3 + sister]!;
        const expected = top[row * 3 + PARENT_OF[k]!]! * share;
        expect(found[row * CLASSES + k], `seed ${seed}, row ${row}, class ${k}`).toBeCloseTo(
          expected,
          6,
        );
      }
    });
  }
});

it("is the flat model where no class has a sister, and where all are sisters", async () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const { texts, ...data } = dataOf(seed);
    const options = { ...data, texts: textsOf(texts) };
    const flat = rowsOf((await quickModel({ ...options, scratch: [unused, unused] })).source);
    for (const parentOf of [Int32Array.from([0, 1, 2, 3, 4]), new Int32Array(CLASSES)]) {
      const { source } = await quickByParent({ ...options, parentOf, openScratch: () => unused });
      expect(rowsOf(source)).toEqual(flat);
    }
  }
});
