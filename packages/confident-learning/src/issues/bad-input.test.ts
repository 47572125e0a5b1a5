import { describe, expect, it } from "vitest";
import {
  arraySource,
  ConfidentLearningError,
  type FindOptions,
  findLabelIssues,
  labelQualityScores,
  type ProbabilitySource,
} from "../index.js";

const LABELS = [0, 1, 2, 0, 1, 2];
const ROW = [0.5, 0.3, 0.2];

function probs(change: (flat: number[]) => void = () => {}): Float64Array {
  const flat = LABELS.flatMap(() => ROW);
  change(flat);
  return Float64Array.from(flat);
}

async function faultOf(work: () => unknown): Promise<ConfidentLearningError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConfidentLearningError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const find = (
  given: number[],
  flat: Float64Array | Float32Array,
  k = 3,
  options: FindOptions = {},
) => faultOf(() => findLabelIssues(arraySource(given, flat, k), options));

describe("bad input names its row and class", () => {
  it.each([
    ["NaN", Number.NaN, "probability-not-finite"],
    ["infinity", Number.POSITIVE_INFINITY, "probability-not-finite"],
    ["minus infinity", Number.NEGATIVE_INFINITY, "probability-not-finite"],
    ["above 1", 1.001, "probability-out-of-range"],
    ["below 0", -0.001, "probability-out-of-range"],
  ])("%s, wherever it is, in both types", async (_what, value, code) => {
    for (let place = 0; place < LABELS.length * 3; place++) {
      const flat = probs((p) => {
        p[place] = value;
      });
      for (const typed of [flat, Float32Array.from(flat)]) {
        const fault = await find(LABELS, typed);
        expect(fault).toMatchObject({ code, row: Math.floor(place / 3), class: place % 3 });
        expect(fault.message).toContain(`row ${Math.floor(place / 3)}, class ${place % 3}`);
      }
    }
  });

  it.each([
    ["below 0", -1],
    ["at the number of classes", 3],
    ["far off", 2 ** 31 - 1],
    ["not an integer", 1.5],
    ["not a number", Number.NaN],
    ["beyond 32 bits", 2 ** 32],
  ])("a label %s", async (_what, label) => {
    const fault = await find([0, 1, 2, label, 1, 2], probs());
    expect(fault).toMatchObject({ code: "label-out-of-range", row: 3 });
    expect(fault.message).toContain("row 3");
  });

  it("labels and probabilities of different lengths", async () => {
    expect((await find([0, 1, 2], probs())).code).toBe("length-mismatch");
    expect((await find(LABELS, probs(), 4)).code).toBe("length-mismatch");
  });

  it("no rows, one class, one label only", async () => {
    expect((await find([], new Float64Array(0))).code).toBe("empty-input");
    expect((await find([0, 0], new Float64Array([1, 1]), 1)).code).toBe("one-class-only");
    const fault = await find([2, 2, 2, 2, 2, 2], probs());
    expect(fault).toMatchObject({ code: "one-class-only", class: 2 });
  });

  it("too many classes or rows to count", async () => {
    const empty = { dtype: "float32", blocks: () => [] } as const;
    const huge = (n: number, k: number) => faultOf(() => findLabelIssues({ n, k, ...empty }));
    expect((await huge(2 ** 40, 3)).code).toBe("too-large");
    expect((await huge(10, 1e9)).code).toBe("too-large");
    expect((await faultOf(() => labelQualityScores({ n: 0, k: 3, ...empty }))).code).toBe(
      "empty-input",
    );
  });

  it("a source that yields other rows than it promised", async () => {
    const good = arraySource(LABELS, probs(), 3, 2);
    const broken = (blocks: ProbabilitySource["blocks"]) =>
      faultOf(() => findLabelIssues({ ...good, blocks }));
    const all = [...(good.blocks() as Iterable<never>)] as {
      start: number;
      rows: number;
      labels: Int32Array;
      probs: Float64Array;
    }[];
    expect((await broken(() => all.slice(1))).code).toBe("invalid-source");
    expect((await broken(() => all.slice(0, 2))).code).toBe("length-mismatch");
    expect((await broken(() => [...all, ...all])).code).toBe("invalid-source");
    const short = all.map((block) => ({ ...block, probs: block.probs.subarray(1) }));
    expect((await broken(() => short)).code).toBe("length-mismatch");
  });

  it.each<[string, object]>([
    ["method", { method: "prune" }],
    ["semantics", { semantics: "cleanlab-3" }],
    ["order", { order: "worst" }],
    ["collision", { collision: "none" }],
    ["fracNoise", { fracNoise: 0 }],
    ["fracNoise", { fracNoise: 1.5 }],
    ["fracNoise", { fracNoise: Number.NaN }],
    ["keepAtLeastPerClass", { keepAtLeastPerClass: -1 }],
    ["numToRemovePerClass", { numToRemovePerClass: [1, 2] }],
    ["numToRemovePerClass", { numToRemovePerClass: [1, 2, -3] }],
    ["posteriorCut", { posteriorCut: 2 }],
  ])("an invalid option %s", async (name, options) => {
    const fault = await find(LABELS, probs(), 3, options as FindOptions);
    expect(fault.code).toBe("invalid-option");
    expect(fault.message).toContain(name);
  });
});

describe("odd input that is accepted", () => {
  const warned = async (flat: Float64Array | Float32Array, given: number[] = LABELS, k = 3) =>
    (await findLabelIssues(arraySource(given, flat, k))).warnings.map(({ code }) => code);

  it("a probability just outside [0, 1] is clipped and reported", async () => {
    const nearly = probs((p) => {
      p.splice(3, 3, 1.00001, -0.00001, 0);
    });
    const exact = probs((p) => {
      p.splice(3, 3, 1, 0, 0);
    });
    for (const single of [false, true]) {
      const typed = (flat: Float64Array) => (single ? Float32Array.from(flat) : flat);
      for (const method of [
        "prune_by_noise_rate",
        "both",
        "posterior",
        "low_normalized_margin",
      ] as const) {
        const options = { method, keepAtLeastPerClass: 0, order: "posterior" } as const;
        const a = await findLabelIssues(arraySource(LABELS, typed(nearly), 3), options);
        const b = await findLabelIssues(arraySource(LABELS, typed(exact), 3), options);
        expect(a.flags).toEqual(b.flags);
        expect(a.confidentJoint).toEqual(b.confidentJoint);
        expect(a.warnings.map(({ code }) => code)).toContain("probabilities-clipped");
      }
    }
  });

  it("a negative zero is a zero and causes no warning", async () => {
    const flat = probs((p) => {
      p.splice(0, 3, -0, 0.4, 0.6);
    });
    expect(await warned(Float32Array.from(flat))).toEqual(await warned(flat));
    expect(await warned(flat)).not.toContain("probabilities-clipped");
  });

  it("row sums far from 1 are counted, and the first row is named", async () => {
    const flat = probs((p) => {
      p[6] = 0.1;
      p[12] = 0.9;
    });
    const { warnings } = await findLabelIssues(arraySource(LABELS, flat, 3));
    const message = warnings.find(({ code }) => code === "row-sums")?.message;
    expect(message).toContain("2 rows");
    expect(message).toContain("row 2 with 0.6");
  });

  it("a class without rows never fails, in any method", async () => {
    const given = [0, 1, 3, 0, 1, 3];
    const flat = Float64Array.from(
      given.flatMap((s) => [0, 1, 2, 3].map((j) => (s === j ? 0.7 : 0.1))),
    );
    for (const semantics of ["cleanlab-1.0.1", "cleanlab-2"] as const) {
      const found = await findLabelIssues(arraySource(given, flat, 4), { semantics });
      expect(found.thresholds[2]).toBe(2);
      expect(found.warnings.map(({ code }) => code)).toContain("class-absent");
      const classNames = ["sports", "money", "culture", "games"];
      const named = await findLabelIssues(arraySource(given, flat, 4), { semantics, classNames });
      const messages = named.warnings.map(({ message }) => message);
      expect(messages).toContainEqual(expect.stringContaining("the label culture;"));
    }
  });

  it("predictions that always agree are suspicious", async () => {
    const flat = Float64Array.from(
      LABELS.flatMap((s) => [0, 1, 2].map((j) => (s === j ? 0.8 : 0.1))),
    );
    expect(await warned(flat)).toContain("perfect-accuracy");
  });

  it("classes that are too small to prune are named", async () => {
    expect(await warned(probs())).toContain("class-too-small");
  });

  it("an estimate of 100 % noise causes a warning", async () => {
    const flat = Float64Array.from(
      LABELS.flatMap((s) => [0, 1, 2].map((j) => ((s + 1) % 3 === j ? 0.8 : 0.1))),
    );
    const options = { keepAtLeastPerClass: 0 };
    const { warnings } = await findLabelIssues(arraySource(LABELS, flat, 3), options);
    expect(warnings.map(({ code }) => code)).toEqual(["most-rows-flagged", "noise-above-half"]);
  });

  it("error odds of fewer than 3 rows a class are warned of, other orders are not", async () => {
    const labels = [0, 1, 2, 0, 1];
    const flat = Float64Array.from(
      labels.flatMap((s) => [0, 1, 2].map((j) => (s === j ? 0.6 : 0.2))),
    );
    const codes = async (labels: number[], flat: Float64Array, order: "error_odds" | "posterior") =>
      (await findLabelIssues(arraySource(labels, flat, 3), { order })).warnings.map(
        ({ code }) => code,
      );
    expect(await codes(labels, flat, "error_odds")).toContain("few-rows");
    expect(await codes(labels, flat, "posterior")).not.toContain("few-rows");
    const twice = Float64Array.of(...flat, ...flat);
    expect(await codes([...labels, ...labels], twice, "error_odds")).not.toContain("few-rows");
  });

  it("an aborted run rejects with the signal's reason", async () => {
    const abort = new AbortController();
    const run = findLabelIssues(arraySource(LABELS, probs(), 3, 1), {
      signal: abort.signal,
      onProgress: ({ pass }) => {
        if (pass === 2) abort.abort(new Error("stop"));
      },
    });
    await expect(run).rejects.toThrow("stop");
  });
});
