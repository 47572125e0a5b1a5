import { describe, expect, it } from "vitest";
import { generator, randomTexts } from "../../oracle/random-texts.js";
import { hardTargets, sparseTargets, type Targets, textFeatures, textsOf } from "../index.js";
import { denseSums, occurred } from "./dense-pairs.js";
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

  it("are the same bits in a table of all pairs, which few classes and common words get", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const { texts, labels } = randomTexts(generator(seed));
      const pairs = labels.map((label) => label % 3);
      const features = await textFeatures(textsOf([...texts, ...texts, ...texts]));
      const all = [...pairs, ...pairs.map((label) => Math.min(label, 1)), ...pairs.map(() => 0)];
      const given = Int32Array.from(all);
      const soft = sparseTargets({
        most: 2,
        classes: Uint16Array.from(all.flatMap((label) => [label, (label + 1) % 3])),
        weights: Float32Array.from(all.flatMap((_, row) => [0.7, row % 2])),
      });
      for (const targets of [hardTargets(given), soft] satisfies Targets[]) {
        const eachRow = (use: (row: number, place: number) => void) =>
          eachPlace(features, undefined, 0, features.count, use);
        const bounds = { most: 1e6, mostDoubles: 1e6 };
        const dense = await denseSums(features, targets, 3, eachRow, bounds);
        expect(dense).toBeDefined();
        const inParts = await pairTable(features, targets, 3, eachRow, 20);
        expect(weights(await pairTable(features, targets, 3, eachRow))).toEqual(weights(inParts));
        const few = { most: dense!.occurrences - 1, mostDoubles: 1e6 };
        expect(await denseSums(features, targets, 3, eachRow, few)).toBeUndefined();
      }
    }
  });

  it("are rounded one by one where there are too many for float64", async () => {
    const texts = ["a bc d", "bc d", "bc d a", "d bc bc"];
    const features = await textFeatures(textsOf([...texts, ...texts]));
    const eachRow = (use: (row: number, place: number) => void) =>
      eachPlace(features, undefined, 0, features.count, use);
    const targets = hardTargets(new Int32Array(8));
    const bounds = { most: 1e6, mostDoubles: 1 };
    const { sums, occurrences } = (await denseSums(features, targets, 2, eachRow, bounds))!;
    const expected = new Float64Array(features.ids);
    for (let place = 0; place < features.count; place++) {
      const { ids, values, count } = features.at(place);
      for (let i = 0; i < count; i++) expected[ids[i]!]! += Math.fround(values[i]!);
    }
    expect(Array.from(expected, (_, id) => sums[3 * id] ?? 0)).toEqual([...expected]);
    expect(Array.from(expected, (_, id) => occurred(sums[3 * id + 1]!))).not.toContain(true);
    expect(occurrences).toBe(features.occurrences);
  });
});
