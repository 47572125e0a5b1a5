import { describe, expect, it } from "vitest";
import { generator, randomTexts } from "../../oracle/random-texts.js";
import { slowFeatures, slowScores } from "../../oracle/slow-naive-bayes.js";
import {
  fitNaiveBayes,
  foldOrder,
  hardTargets,
  softTargets,
  type Targets,
  textFeatures,
  textsOf,
} from "../index.js";

const RUNS = 40;

async function scoresOf(
  texts: readonly string[],
  folds: readonly number[],
  targets: Targets,
  k: number,
): Promise<Float64Array> {
  const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
  const model = await fitNaiveBayes(features, { k, targets, folds });
  const scores = new Float64Array(texts.length * k);
  for (let fold = 0; fold < model.folds; fold++) {
    await model.openFold(fold);
    for (const row of model.rowsOf(fold)) {
      model.scoresInto(row, scores.subarray(row * k, (row + 1) * k));
    }
  }
  return scores;
}

describe("naive Bayes over folds", () => {
  it("gives the scores of a dense loop over the training rows, with hard and soft targets", async () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const random = generator(seed);
      const { texts, labels, folds, k } = randomTexts(random);
      const dense = slowFeatures(texts);
      const oneHot = labels.map((label) => Array.from({ length: k }, (_, c) => +(c === label)));
      const soft = oneHot.map((row) => {
        const weights = row.map((weight) => weight + random() * random());
        const sum = weights.reduce((a, b) => a + b);
        return weights.map((weight) => weight / sum);
      });
      const hard = await scoresOf(texts, folds, hardTargets(Int32Array.from(labels)), k);
      expectNear(hard, slowScores(dense, oneHot, folds), `seed ${seed}, hard`);
      const softly = await scoresOf(
        texts,
        folds,
        softTargets(Float64Array.from(soft.flat()), k),
        k,
      );
      expectNear(softly, slowScores(dense, soft, folds), `seed ${seed}, soft`);
    }
  });

  it("scores rows without a target, which teach nothing, by the others", async () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const random = generator(seed);
      const { texts, labels, folds, k } = randomTexts(random);
      // All of the first fold, and some of the others.
      const teaches = folds.map((fold) => fold > 0 && random() > 0.3);
      const oneHot = labels.map((label, i) =>
        Array.from({ length: k }, (_, c) => +(teaches[i]! && c === label)),
      );
      const targets: Targets = {
        ...{ count: labels.length, most: 1 },
        read(row, classes, weights) {
          classes[0] = labels[row]!;
          weights[0] = 1;
          return +teaches[row]!;
        },
      };
      const scores = await scoresOf(texts, folds, targets, k);
      expectNear(scores, slowScores(slowFeatures(texts), oneHot, folds), `seed ${seed}`);
    }
  });

  it("scores by the sizes of the classes where no n-gram is in two rows", async () => {
    const scores = await scoresOf(
      ["a", "b", "c"],
      [0, 1, 2],
      hardTargets(Int32Array.of(0, 1, 0)),
      2,
    );
    expect([...scores]).toEqual([1, 1, 2, 0, 1, 1].map((rows) => Math.log(1 + rows)));
  });

  it("learns a row's largest soft targets alone where it is told how many", async () => {
    const random = generator(5);
    const { texts, folds, k } = randomTexts(random, { k: 6 });
    const soft = texts.map(() => Array.from({ length: k }, random));
    const largest = soft.map((row) => {
      const cut = [...row].sort((a, b) => b - a)[2]!;
      return row.map((weight) => (weight >= cut ? weight : 0));
    });
    const scores = await scoresOf(
      texts,
      folds,
      softTargets(Float64Array.from(soft.flat()), k, 3),
      k,
    );
    expectNear(scores, slowScores(slowFeatures(texts), largest, folds), "three largest");
  });

  it("refuses an order that does not hold fold after fold", async () => {
    const { texts, labels, k } = randomTexts(generator(1));
    const folds = texts.map((_, row) => row % 2);
    const features = await textFeatures(textsOf(texts));
    const targets = hardTargets(Int32Array.from(labels));
    await expect(fitNaiveBayes(features, { k, targets, folds })).rejects.toThrow(
      /fold 0 comes after/,
    );
  });

  it("stops when it is told to", async () => {
    const { texts } = randomTexts(generator(2));
    const signal = AbortSignal.abort();
    await expect(textFeatures(textsOf(texts), { signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });
});

describe("what a feature adds", () => {
  it("sums up to the difference of both scores, and names every feature by its n-gram", async () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const { texts, labels, folds, k } = randomTexts(generator(100 + seed));
      const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
      const targets = hardTargets(Int32Array.from(labels));
      const model = await fitNaiveBayes(features, { k, targets, folds });
      const dense = slowFeatures(texts);
      const z = new Float64Array(k);
      for (let fold = 0; fold < model.folds; fold++) {
        await model.openFold(fold);
        for (const row of model.rowsOf(fold)) {
          model.scoresInto(row, z);
          const named = features.named(row);
          const { weights, classSizes } = model.contributions(named, k - 1, 0);
          const sum = weights.reduce((a, b) => a + b, classSizes);
          expect(sum).toBeCloseTo(z[k - 1]! - z[0]!, 9);
          const values = new Map(named.ngrams.map((ngram, i) => [ngram, named.values[i]!]));
          const slow = dense.rows[row]!;
          expect(named.ngrams.length, texts[row]).toBe(slow.size);
          // A word and a run of characters may be spelled alike; then the map holds one of them.
          for (const [name, value] of slow) {
            if (slow.has(other(name))) continue;
            expect(values.get(name.slice(2)), name).toBeCloseTo(value, 12);
          }
        }
      }
    }
  });
});

const other = (name: string) => (name.startsWith("w:") ? "c:" : "w:") + name.slice(2);

function expectNear(ours: Float64Array, slow: readonly number[], where: string): void {
  expect(ours.length, where).toBe(slow.length);
  for (let i = 0; i < ours.length; i++) expect(ours[i], `${where}, ${i}`).toBeCloseTo(slow[i]!, 9);
}
