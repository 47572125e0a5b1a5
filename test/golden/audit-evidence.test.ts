import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { fitNaiveBayes, foldOrder, hardTargets, textFeatures, textsOf } from "@winnow/linear";
import { describe, expect, it } from "vitest";
import { slowFeatures, slowWeights } from "../../packages/linear/oracle/slow-naive-bayes.js";

const EVERY = 23;

describe("why a label is doubted", () => {
  it.each(["latin-punctuation", "cjk-mixed", "latin-many-rare"])(
    "the weights of every n-gram are those of a slow loop, and add up: %s",
    async (name) => {
      const file = fileURLToPath(new URL(`audit/${name}.json.gz`, import.meta.url));
      const { texts, labels, folds, k } = JSON.parse(gunzipSync(readFileSync(file)).toString());
      const slow = slowFeatures(texts);
      const oneHot = labels.map((label: number) =>
        Array.from({ length: k }, (_, c) => Number(c === label)),
      );
      const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
      const targets = hardTargets(Int32Array.from(labels));
      const model = await fitNaiveBayes(features, { k, targets, folds });
      for (let row = 3; row < texts.length; row += EVERY) {
        const given: number = labels[row];
        const other = (given + 1) % k;
        await model.openFold(folds[row]);
        const named = features.named(row);
        const { weights, classSizes } = model.contributions(named, other, given);
        const expected = slowWeights(slow, oneHot, folds, row);
        expect(classSizes).toBeCloseTo(
          expected.classSizes[other]! - expected.classSizes[given]!,
          9,
        );
        const values = slow.rows[row]!;
        const byName = [...values].map(([ngram, value]) => {
          const [forOther, forGiven] = [other, given].map((c) => expected.weights.get(ngram)![c]!);
          return [ngram.slice(2), value * (forOther! - forGiven!)] as const;
        });
        const ours = named.ngrams.map((ngram, i) => [ngram, weights[i]!] as const);
        const inOrder = (a: readonly [string, number], b: readonly [string, number]) =>
          a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1];
        expect(ours.length).toBe(byName.length);
        const sortedOurs = ours.sort(inOrder);
        byName.sort(inOrder).forEach(([ngram, weight], i) => {
          expect(sortedOurs[i]![0]).toBe(ngram);
          expect(sortedOurs[i]![1]).toBeCloseTo(weight, 9);
        });
        const z = new Float64Array(k);
        model.scoresInto(row, z);
        const all = weights.reduce((sum, weight) => sum + weight, classSizes);
        expect(all).toBeCloseTo(z[other]! - z[given]!, 9);
      }
    },
    60_000,
  );
});
