import { describe, expect, it } from "vitest";
import { generator, randomTexts } from "../../oracle/random-texts.js";
import {
  foldOrder,
  hardTargets,
  sparseTargets,
  type Targets,
  textFeatures,
  textsOf,
} from "../index.js";
import { countPairs } from "./count-pairs.js";
import { denseSums, occurred } from "./dense-pairs.js";
import { eachPlace, foldStarts } from "./fold-order.js";
import { ownCountsOfRows, StoredOwnCounts } from "./own-counts.js";
import type { PairTable } from "./pair-table.js";

/** So many that their pairs are sorted, in one part too. */
const MANY_CLASSES = 40;

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

/** Texts in an order of folds, with one class a row, with two, and with one or none. */
async function setUp(seed: number, classes = 5) {
  const { texts, labels, folds, k } = randomTexts(generator(seed), { k: classes });
  const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
  const hard = hardTargets(Int32Array.from(labels));
  const soft = sparseTargets({
    most: 2,
    classes: Uint16Array.from(labels.flatMap((label) => [label, (label + 1) % k])),
    weights: Float32Array.from(labels.flatMap((_, row) => [0.7, row % 2])),
  });
  const gaps: Targets = {
    ...hard,
    read: (row, classes, weights) => (row % 3 === 0 ? 0 : hard.read(row, classes, weights)),
  };
  const foldStart = foldStarts(features, folds);
  const eachRow = (use: (row: number, place: number) => void) =>
    eachPlace(features, undefined, 0, features.count, use);
  const asked = { features, k, folds, foldCount: foldStart.length - 1, eachRow };
  return { asked, foldStart, allTargets: [hard, soft, gaps] satisfies Targets[] };
}

describe("the pairs of features and classes", () => {
  it("are the same bits however many occurrences are sorted at once", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const { asked, allTargets } = await setUp(seed);
      for (const targets of allTargets) {
        let reads = 0;
        const eachRow: typeof asked.eachRow = (use) => {
          reads += 1;
          return asked.eachRow(use);
        };
        const whole = await countPairs({ ...asked, targets, eachRow });
        const readsOfWhole = reads;
        const inParts = await countPairs({ ...asked, targets, eachRow }, 20);
        expect(reads).toBeGreaterThan(2 * readsOfWhole + 1);
        expect(weights(inParts.pairs)).toEqual(weights(whole.pairs));
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
        const asked = { features, targets, k: 3, folds: all.map(() => 0), foldCount: 1, eachRow };
        const inParts = await countPairs(asked, 20);
        const whole = await countPairs(asked);
        expect(weights(whole.pairs)).toEqual(weights(inParts.pairs));
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

  it("come with what each fold's rows add, the same bits as of a walk through its rows", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const { asked, foldStart, allTargets } = await setUp(seed, MANY_CLASSES);
      for (const targets of allTargets) {
        for (const atOnce of [undefined, 20]) {
          const { pairs, own } = await countPairs({ ...asked, targets }, atOnce);
          expect(own).toBeDefined();
          const { features } = asked;
          const walk = ownCountsOfRows({ features, targets, pairs, foldStart, signal: undefined });
          const all = new Float64Array(pairs.counts.length);
          for (let fold = 0; fold < asked.foldCount; fold++) {
            const stored = new Float64Array(all.length);
            await own!.addTo(fold, stored);
            const walked = new Float64Array(all.length);
            await walk.addTo(fold, walked);
            expect(stored).toEqual(walked);
            await own!.addTo(fold, all);
          }
          all.forEach((count, pair) => {
            expect(count).toBeCloseTo(pairs.counts[pair]!, 12);
          });
        }
      }
    }
  });
});

describe("counts of folds", () => {
  it.each(["in memory", "in a file"])("are as they were added, %s", async (where) => {
    const file: number[] = [];
    const scratch = {
      append(bytes: Uint8Array) {
        const start = file.length;
        for (const byte of bytes) file.push(byte);
        return start;
      },
      read: (at: number, into: Uint8Array) => into.set(file.slice(at, at + into.length)),
    };
    // What others write to the same file stands between.
    scratch.append(Uint8Array.of(1, 2, 3));
    const own = new StoredOwnCounts(3, where === "in a file" ? scratch : undefined);
    const added = new Float64Array(20_000).map((_, pair) => 1 / (pair + 1));
    added.forEach((weight, pair) => {
      own.add(pair % 2, pair, weight);
    });
    const both = new Float64Array(added.length);
    await own.addTo(2, both);
    expect(both.every((count) => count === 0)).toBe(true);
    await own.addTo(0, both);
    expect(both.every((count, pair) => count === (pair % 2 === 0 ? added[pair] : 0))).toBe(true);
    await own.addTo(1, both);
    expect(both).toEqual(added);
    if (where === "in a file") expect(file.length).toBeGreaterThan(3);
  });
});
