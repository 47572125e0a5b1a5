import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWhole } from "../reading/read-whole.js";
import type { CorpusSample } from "../rows/samples.js";
import { deriveCorpus } from "./derive.js";
import type { DeriveOptions } from "./derive-options.js";

const NAMES = ["tech/net", "tech/phone", "sport"];

/** Rows in order: text, class, and the true class if it is known. */
function dataset(rows: readonly (readonly [text: string, label: number, truth?: number])[]) {
  return rows.map(
    ([text, classIndex, truth], ordinal): CorpusSample => ({
      ordinal,
      line: 2 * ordinal + 1,
      externalId: `row-${ordinal}`,
      text,
      classIndex,
      trueClassIndex: truth ?? null,
    }),
  );
}

async function derive(
  samples: readonly CorpusSample[],
  options: Partial<DeriveOptions> = {},
  batchRows = 7,
) {
  const batches = deriveCorpus(
    async function* open() {
      for (let at = 0; at < samples.length; at += batchRows) {
        yield samples.slice(at, at + batchRows);
      }
    },
    { rows: samples.length, classNames: NAMES, ...options },
  );
  const derived: CorpusSample[] = [];
  for (;;) {
    const next = await batches.next();
    if (next.done) return { samples: derived, ...next.value };
    derived.push(...next.value);
  }
}

const many = dataset(
  Array.from({ length: 900 }, (_, i) => [`text ${i % 800}`, i % 10 === 0 ? 2 : i % 2] as const),
);

describe("deriveCorpus", () => {
  it("sampling a dataset gives the sample that its file would have given", async () => {
    const lines = many.map(({ text, classIndex }) => `${text},${NAMES[classIndex]}`);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 500 }), fc.nat(1000), async (perClass, seed) => {
        const sampling = { perClass, seed };
        const { samples, profile } = await derive(many, { sampling });
        const direct = await readWhole(`text,label\n${lines.join("\n")}`, {
          format: { type: "csv" },
          sampling,
        });
        expect(samples.map(({ text }) => text)).toEqual(direct.samples.map(({ text }) => text));
        expect(profile.kept).toBe(direct.profile.kept);
        expect(profile.rejected).toEqual(direct.profile.rejected);
        expect(profile.lengths).toEqual(direct.profile.lengths);
      }),
      { numRuns: 15 },
    );
  });

  it("rows get new ordinals and keep line, id, text and labels; classes keep their order", async () => {
    const { samples, classes } = await derive(many, { sampling: { perClass: 20, seed: 3 } });
    expect(samples.map(({ ordinal }) => ordinal)).toEqual([...samples.keys()]);
    for (const sample of samples) {
      const source = many[(sample.line - 1) / 2];
      expect({ ...sample, ordinal: source?.ordinal }).toEqual(source);
    }
    expect(classes).toEqual(NAMES.map((name, index) => ({ index, name, count: 20 })));
  });

  it("the size of the batches changes nothing", async () => {
    const options = { sampling: { perClass: 50, seed: 1 }, duplicates: "first" as const };
    expect(await derive(many, options, 1)).toEqual(await derive(many, options, 900));
  });

  it("the first row of a repeated text is kept", async () => {
    const { samples, profile } = await derive(many, { duplicates: "first" });
    expect(samples.map(({ line }) => line)).toEqual(many.slice(0, 800).map(({ line }) => line));
    expect(profile).toMatchObject({
      rowsRead: 900,
      kept: 800,
      rejected: [{ reason: "duplicate", count: 100 }],
      duplicates: { texts: 0, conflictingTexts: 0 },
    });
  });

  it("classes that are too small lose their rows and keep their index", async () => {
    const { classes, profile } = await derive(many, { minPerClass: 100 });
    expect(classes.map(({ count }) => count)).toEqual([360, 450, 0]);
    expect(profile.rejected).toEqual([{ reason: "class-too-small", count: 90 }]);
    expect(profile.classHistogram[2]).toMatchObject({ name: "sport", count: 0, read: 0 });
    await expect(derive(many, { minPerClass: 5000 })).rejects.toMatchObject({
      code: "no-rows-kept",
    });
    await expect(derive(many, { minPerClass: 400 })).rejects.toMatchObject({
      code: "single-class",
    });
  });

  it("levels are counted if classes are paths", async () => {
    expect((await derive(many)).profile.levels).toBeNull();
    const { profile } = await derive(many, { paths: true });
    expect(profile.levels?.[0]?.classes).toEqual([
      { name: "tech", count: 810 },
      { name: "sport", count: 90 },
    ]);
  });
});

describe("injected noise", () => {
  const noise = { spec: { type: "symmetric", rate: 0.2 } as const, seed: 5 };

  it("the labels become the true ones, and the profile reports what was changed", async () => {
    const { samples, profile, classes } = await derive(many, { noise });
    const joint = NAMES.map(() => NAMES.map(() => 0));
    for (const [i, { classIndex, trueClassIndex }] of samples.entries()) {
      expect(trueClassIndex).toBe(many[i]?.classIndex);
      const row = joint[trueClassIndex!]!;
      row[classIndex] = row[classIndex]! + 1;
    }
    expect(profile.noise).toMatchObject({ type: "symmetric", seed: 5, rows: 900, joint });
    const changed = samples.filter((row) => row.classIndex !== row.trueClassIndex).length;
    expect(profile.noise?.changed).toBe(changed);
    expect(Math.abs(changed - 180)).toBeLessThanOrEqual(3);
    expect(profile.noise?.pairs.reduce((sum, { count }) => sum + count, 0)).toBe(changed);
    for (const { from, to, count } of profile.noise?.pairs ?? []) {
      expect(joint[NAMES.indexOf(from)]?.[NAMES.indexOf(to)]).toBe(count);
    }
    expect(classes.map(({ count }) => count)).toEqual(
      NAMES.map((_, c) => samples.filter((row) => row.classIndex === c).length),
    );
    expect((await derive(many, { noise })).samples).toEqual(samples);
    const other = await derive(many, { noise: { ...noise, seed: 6 } });
    expect(other.samples).not.toEqual(samples);
  });

  it("known true labels are the ones that noise is applied to", async () => {
    const known = dataset([
      ["a", 0, 1],
      ["b", 1],
      ["c", 2, 0],
    ]);
    const spec = { type: "pair", rate: 1, pairs: [[0, 2]] } as const;
    const { samples } = await derive(known, { noise: { spec, seed: 1 } });
    expect(samples.map((row) => [row.trueClassIndex, row.classIndex])).toEqual([
      [1, 1],
      [1, 1],
      [0, 2],
    ]);
  });

  it("a row keeps its other labels, with the given one first", async () => {
    const rows = dataset([
      ["a", 0],
      ["b", 1],
      ["c", 2],
    ]).map((row) => ({ ...row, allClassIndexes: [row.classIndex, (row.classIndex + 1) % 3] }));
    expect((await derive(rows)).samples.map((row) => row.allClassIndexes)).toEqual([
      [0, 1],
      [1, 2],
      [2, 0],
    ]);
    const spec = {
      type: "pair",
      rate: 1,
      pairs: [
        [0, 2],
        [2, 0],
      ],
    } as const;
    const { samples } = await derive(rows, { noise: { spec, seed: 1 } });
    expect(samples.map((row) => row.allClassIndexes)).toEqual([[2, 1], [1, 2], [0]]);
  });

  it("sampling comes first: the rates apply to the kept rows", async () => {
    const { profile } = await derive(many, { noise, sampling: { perClass: 50, seed: 2 } });
    expect(profile.noise).toMatchObject({ rows: 150 });
    expect(profile.noise?.joint.map((row) => row.reduce((sum, n) => sum + n, 0))).toEqual([
      50, 50, 50,
    ]);
  });

  it("noise that does not fit the classes is refused", async () => {
    const spec = { type: "by-class", rates: [0.1] } as const;
    await expect(derive(many, { noise: { spec, seed: 1 } })).rejects.toMatchObject({
      code: "bad-noise",
    });
  });
});
