import { describe, expect, it } from "vitest";
import { generator, randomTexts } from "../../oracle/random-texts.js";
import {
  type Evidence,
  evidenceOf,
  fitNaiveBayes,
  foldOrder,
  hardTargets,
  textFeatures,
  textsOf,
} from "../index.js";

const RUNS = 20;

describe("the evidence of doubted labels", () => {
  it("has the five n-grams that add most to either side, and what all of them add up to", async () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const { texts, labels, folds, k } = randomTexts(generator(seed), { k: 4 });
      const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
      const targets = hardTargets(Int32Array.from(labels));
      const model = await fitNaiveBayes(features, { k, targets, folds });
      const rows = texts.map((_, row) => row).filter((row) => row % 3 !== 1);
      const suggested = labels.map((label) => (label + 1) % k);
      const found = new Map<number, Evidence>();
      for await (const block of evidenceOf(model, folds, { rows, given: labels, suggested })) {
        for (const { row, evidence } of block) found.set(row, evidence);
      }
      expect([...found.keys()].sort((a, b) => a - b)).toEqual(rows);
      for (const row of rows) {
        await model.openFold(folds[row]!);
        const named = features.named(row);
        const { weights, classSizes } = model.contributions(named, suggested[row]!, labels[row]!);
        const order = [...weights.keys()].sort((a, b) => weights[b]! - weights[a]! || a - b);
        const part = (place: number) => ({ ngram: named.ngrams[place], weight: weights[place] });
        const evidence = found.get(row)!;
        const positive = order.filter((place) => weights[place]! > 0);
        expect(evidence.suggested).toEqual(positive.slice(0, 5).map(part));
        const negative = order.filter((place) => weights[place]! < 0);
        const last = negative.sort((a, b) => weights[a]! - weights[b]! || a - b).slice(0, 5);
        expect(evidence.given).toEqual(last.map(part));
        expect(evidence.classSizes).toBe(classSizes);
        const sum = weights.reduce((all, weight) => all + weight, classSizes);
        expect(evidence.difference).toBeCloseTo(sum, 12);
      }
    }
  });

  it("of no rows is none", async () => {
    const features = await textFeatures(textsOf(["a b", "a b", "a c"]));
    const targets = hardTargets(Int32Array.of(0, 1, 1));
    const model = await fitNaiveBayes(features, { k: 2, targets, folds: [0, 0, 0] });
    const none = evidenceOf(model, [0, 0, 0], { rows: [], given: [0, 1, 1], suggested: [] });
    expect((await none.next()).done).toBe(true);
  });
});
