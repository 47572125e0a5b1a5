import { describe, expect, it } from "vitest";
import { generator, randomTexts } from "../../oracle/random-texts.js";
import { hardTargets, sparseTargets, type Targets, textFeatures, textsOf } from "../index.js";
import { eachPlace } from "./fold-order.js";
import { type PairTable, pairTable } from "./pair-table.js";

/** Pairs without weight may fill up a feature of most classes, where there is room. */
function weights({ start, classes, counts }: PairTable): string[] {
  return Array.from(start.subarray(1), (end, id) => {
    const pairs = Array.from(classes.subarray(start[id], end), (klass, i) => {
      const count = counts[start[id]! + i]!;
      return count === 0 ? "" : ` ${klass}: ${count}`;
    });
    return `${id}${pairs.join("")}`;
  });
}

describe("the pairs of features and classes", () => {
  it("are the same bits however many occurrences are sorted at once", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const { texts, labels, k } = randomTexts(generator(seed), { k: 5 });
      const features = await textFeatures(textsOf(texts));
      const given = Int32Array.from(labels);
      const soft = sparseTargets({
        most: 2,
        classes: Uint16Array.from(labels.flatMap((label) => [label, (label + 1) % k])),
        weights: Float32Array.from(labels.flatMap((_, row) => [0.7, row % 2])),
      });
      for (const targets of [hardTargets(given), soft] satisfies Targets[]) {
        let reads = 0;
        const eachRow = (use: (row: number, place: number) => void) => {
          reads += 1;
          return eachPlace(features, undefined, 0, features.count, use);
        };
        const whole = await pairTable(features, targets, k, eachRow);
        const readsOfWhole = reads;
        const inParts = await pairTable(features, targets, k, eachRow, 20);
        expect(reads).toBeGreaterThan(2 * readsOfWhole + 1);
        expect(weights(inParts)).toEqual(weights(whole));
      }
    }
  });
});
