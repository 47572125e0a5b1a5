import { describe, expect, it } from "vitest";
import { readWhole } from "../reading/read-whole.js";
import { Reservoir } from "./reservoir.js";

const rows = Array.from({ length: 5000 }, (_, i) => `text ${i},${i % 7 === 0 ? "rare" : "common"}`);
const file = `text,label\n${rows.join("\n")}`;

function read(perClass: number, seed: number) {
  return readWhole(file, { format: { type: "csv" }, sampling: { perClass, seed } });
}

describe("sampling", () => {
  it("keeps at most perClass rows of each class, in file order, the same for the same seed", async () => {
    const drawn = await read(300, 7);
    expect(drawn.classes.map(({ name, count }) => [name, count])).toEqual([
      ["rare", 300],
      ["common", 300],
    ]);
    const lines = drawn.samples.map(({ line }) => line);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    expect(drawn.samples.map(({ ordinal }) => ordinal)).toEqual(lines.map((_, i) => i));
    expect(await read(300, 7)).toEqual(drawn);
    expect((await read(300, 8)).samples).not.toEqual(drawn.samples);
    for (const { line, text } of drawn.samples) expect(rows[line - 2]).toContain(`${text},`);
  });

  it("counts what is left out, without a reject for each row", async () => {
    const drawn = await read(1000, 1);
    expect(drawn.profile).toMatchObject({
      rowsRead: 5000,
      kept: 1715,
      rejected: [{ reason: "not-sampled", count: 3285 }],
    });
    expect(drawn.profile.classHistogram).toEqual([
      { index: 0, name: "rare", count: 715, read: 715 },
      { index: 1, name: "common", count: 1000, read: 4285 },
    ]);
    expect(drawn.rejects).toEqual([]);
  });

  it("draws every item with the same probability", () => {
    const hits = new Array<number>(100).fill(0);
    for (let seed = 0; seed < 2000; seed += 1) {
      const reservoir = new Reservoir<number>(10, seed);
      for (let i = 0; i < 100; i += 1) reservoir.offer(0, () => i);
      for (const i of reservoir.items()) hits[i] = hits[i]! + 1;
    }
    // 200 hits expected for each item, within five standard deviations of a binomial of 2000 and
    // 0.1.
    for (const count of hits) expect(Math.abs(count - 200)).toBeLessThan(5 * Math.sqrt(180));
  });
});
