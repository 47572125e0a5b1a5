import { describe, expect, it } from "vitest";
import { labelLevels, noiseAtLevel, treeDistance } from "../index.js";

const NAMES = ["sports/football", "sports/tennis", "money/bank", "money/stocks", "other"];

describe("the levels of a label tree", () => {
  it("group classes by their first names; a class without a parent is a group of its own", () => {
    const [top, leaves, ...more] = labelLevels(NAMES);
    expect(more).toEqual([]);
    expect(top).toMatchObject({ level: 1, names: ["sports", "money", "other"] });
    expect([...top!.groupOf]).toEqual([0, 0, 1, 1, 2]);
    expect(leaves).toMatchObject({ level: 2, names: NAMES });
    expect(labelLevels(["a", "b"])).toHaveLength(1);
    // Names that objects have already, and sisters of the same name below different parents.
    expect(labelLevels(["__proto__/a", "constructor/a"])[0]!.names).toEqual([
      "__proto__",
      "constructor",
    ]);
  });

  it("count errors between sisters below their parent, and not at it", () => {
    const joint = new Float64Array(25);
    const set = (given: number, truth: number, share: number) => {
      joint[given * 5 + truth] = share;
    };
    for (const c of NAMES.keys()) set(c, c, 0.16);
    set(0, 1, 0.1);
    set(2, 0, 0.06);
    set(4, 3, 0.04);
    const [top, leaves] = labelLevels(NAMES).map((level) => noiseAtLevel(joint, level));
    expect(leaves!.noise).toBeCloseTo(0.2, 12);
    expect(top!.noise).toBeCloseTo(0.1, 12);
    expect([...top!.noiseOf].map((share) => Number(share.toFixed(6)))).toEqual([
      0,
      Number((0.06 / 0.38).toFixed(6)),
      0.2,
    ]);
    expect(top!.joint.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect([...leaves!.joint]).toEqual([...joint]);
  });

  it("say how far two classes are apart", () => {
    const levels = labelLevels([...NAMES, "a/b/c", "a/b/d", "a/e/f"]);
    expect(treeDistance(levels, 0, 0)).toBe(0);
    expect(treeDistance(levels, 5, 6)).toBeCloseTo(1 / 3, 12);
    expect(treeDistance(levels, 5, 7)).toBeCloseTo(2 / 3, 12);
    expect(treeDistance(levels, 0, 2)).toBe(1);
    expect(treeDistance(labelLevels(["a", "b"]), 0, 1)).toBe(1);
  });
});
