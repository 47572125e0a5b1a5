import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DEMO_NOISE_RATE, demoCsv, demoSet } from "./demo-set.js";

const familyOf = (label: string) => label.slice(0, label.indexOf("/"));

describe("the demo set", () => {
  const rows = demoSet();
  const wrong = rows.filter(({ label, trueLabel }) => label !== trueLabel);

  it("is the same file on every machine", () => {
    const sha256 = createHash("sha256").update(demoCsv(rows)).digest("hex");
    expect(sha256).toBe("ff161ac08dea0302130da797d377620b9671c321ddc154e1c2975712dd01bc27");
    expect(demoCsv(demoSet(2))).not.toBe(demoCsv(rows));
  });

  it("has 6,000 distinct titles in 12 classes under 4 first-level ones", () => {
    expect(rows).toHaveLength(6000);
    expect(new Set(rows.map(({ title }) => title)).size).toBe(6000);
    const labels = new Set(rows.map(({ trueLabel }) => trueLabel));
    expect(labels.size).toBe(12);
    expect(new Set([...labels].map(familyOf)).size).toBe(4);
    expect(new Set(rows.map(({ label }) => label))).toEqual(labels);
  });

  it("is Chinese and English", () => {
    const chinese = rows.filter(({ title }) => /\p{Script=Han}/u.test(title)).length;
    expect(chinese / rows.length).toBeGreaterThan(0.55);
    expect(chinese / rows.length).toBeLessThan(0.65);
  });

  it("has 12 % wrong labels: half fall anywhere, half on a sister class", () => {
    expect(wrong).toHaveLength(Math.round(6000 * DEMO_NOISE_RATE));
    const sisters = wrong.filter(({ label, trueLabel }) => familyOf(label) === familyOf(trueLabel));
    // half by design, and two in eleven of those that fall anywhere
    const expected = (wrong.length / 2) * (1 + 2 / 11);
    expect(Math.abs(sisters.length - expected)).toBeLessThan(30);
  });

  it("overlaps: the words of a class turn up in its sisters", () => {
    const withGoalkeeper = rows.filter(({ title }) => /主队门将|goalkeeper/i.test(title));
    const labels = new Set(withGoalkeeper.map(({ trueLabel }) => trueLabel));
    expect(labels.has("sports/football")).toBe(true);
    expect(labels.has("sports/tennis") || labels.has("sports/basketball")).toBe(true);
  });
});
