import { describe, expect, it } from "vitest";
import { assignFolds } from "../sampling/folds.js";
import { below, randomFor } from "../sampling/random.js";
import { NearDuplicates } from "./near-duplicates.js";

function groupsOf(texts: readonly string[], threshold?: number): number[] {
  const index = new NearDuplicates({ threshold });
  for (const text of texts) index.add(text);
  return [...index.groups()];
}

/** Texts of random CJK characters; two of them have next to nothing in common. */
function randomTexts(count: number, seed: number): string[] {
  const random = randomFor("preview", seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: 24 }, () => String.fromCharCode(0x4e00 + below(random, 2000))).join(""),
  );
}

describe("NearDuplicates", () => {
  it("groups texts that differ in punctuation, case or a character or two", () => {
    expect(
      groupsOf([
        "How the new phone was built, and why it matters to us",
        "Something else entirely, from another day and place",
        "how the new phone was built and why it matters to us!",
        "How the new phones was built, and why it matters to us",
        "猪价持续低迷，影响猪价的因素有哪些，该如何扶持养猪大户？",
        "猪价持续低迷 影响猪价的因素有哪些 该如何扶持养猪大户",
      ]),
    ).toEqual([0, 1, 0, 0, 4, 4]);
  });

  it("keeps texts apart whose similarity is below the threshold", () => {
    const texts = ["the price of pigs falls again", "the price of gold falls again", "!!!", "???"];
    expect(groupsOf(texts)).toEqual([0, 1, 2, 3]);
    expect(groupsOf(texts.slice(0, 2), 0.4)).toEqual([0, 0]);
  });

  it("finds nearly all of many near pairs and joins no unrelated texts", () => {
    const texts = randomTexts(5000, 3);
    // Every text once more with one character appended: 23 of 24 pairs in common.
    const again = texts.map((text) => `${text}了`);
    const groups = groupsOf([...texts, ...again]);
    const found = texts.filter((_, i) => groups[5000 + i] === i).length;
    expect(found).toBeGreaterThan(4990);
    expect(groups.slice(0, 5000)).toEqual(texts.map((_, i) => i));
  });

  it("keeps each group in one fold, and the folds as even as the groups allow", () => {
    const texts = randomTexts(900, 5);
    const all = [...texts, ...texts.slice(0, 100), ...texts.slice(0, 20)];
    const labels = Int32Array.from(all, (_, i) => i % 3);
    const groups = Int32Array.from(groupsOf(all));
    const foldOf = assignFolds(labels, 5, 11, groups);
    groups.forEach((group, i) => {
      expect(foldOf[i]).toBe(foldOf[group]);
    });
    for (let c = 0; c < 3; c += 1) {
      const counts = [0, 0, 0, 0, 0];
      foldOf.forEach((fold, i) => {
        if (labels[i] === c) counts[fold] = counts[fold]! + 1;
      });
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(3);
    }
    expect(assignFolds(labels, 5, 11, groups)).toEqual(foldOf);
    expect(() => assignFolds(labels, 5, 1, new Int32Array(labels.length))).toThrow(/groups/);
  });
});
