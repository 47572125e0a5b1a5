// Threads run the built files, so this test imports the package as other packages do.
import { arraySource, findLabelIssues, type ProbabilitySource } from "@winnow/confident-learning";
import { describe, expect, it } from "vitest";
import { generator, randomMatrix } from "../../oracle/random-matrix.js";

interface Input {
  readonly labels: Int32Array;
  readonly probs: Float32Array | Float64Array;
  readonly k: number;
}

function input(seed: number): Input {
  const { labels, probs, k, single } = randomMatrix(generator(seed));
  const flat = probs.flat();
  return {
    labels: Int32Array.from(labels),
    probs: single ? Float32Array.from(flat) : Float64Array.from(flat),
    k,
  };
}

/** The same numbers in shared memory. */
function shared({ labels, probs, k }: Input): Input {
  const memory = new SharedArrayBuffer(probs.byteLength);
  const copy = probs instanceof Float32Array ? new Float32Array(memory) : new Float64Array(memory);
  copy.set(probs);
  return { labels, probs: copy, k };
}

/** A source that reuses the same memory for every block. */
function reusing({ labels, probs, k }: Input, rowsPerBlock: number): ProbabilitySource {
  const plain = arraySource(labels, probs, k, rowsPerBlock);
  return {
    ...plain,
    async *blocks() {
      const size = rowsPerBlock * k;
      const memory =
        probs instanceof Float32Array ? new Float32Array(size) : new Float64Array(size);
      for await (const { start, rows, labels, probs } of plain.blocks()) {
        memory.fill(Number.NaN);
        memory.set(probs);
        yield { start, rows, labels, probs: memory.subarray(0, rows * k) };
      }
    },
  };
}

describe("threads", () => {
  it("no result depends on their number, on the blocks, or on the kind of memory", async () => {
    for (let seed = 0; seed < 12; seed++) {
      const own = input(70_000 + seed);
      const { labels, probs, k } = own;
      const options = {
        method: "both",
        keepAtLeastPerClass: 0,
        order: seed % 2 === 0 ? "posterior" : "error_odds",
      } as const;
      const one = await findLabelIssues(arraySource(labels, probs, k), options);
      const others = [
        await findLabelIssues(arraySource(labels, probs, k, 3), { ...options, threads: 2 }),
        await findLabelIssues(arraySource(labels, shared(own).probs, k, 5), {
          ...options,
          threads: 3,
        }),
        await findLabelIssues(reusing(own, 4), { ...options, threads: 2 }),
      ];
      for (const other of others) {
        expect(other.flags).toEqual(one.flags);
        expect(other.confidentJointRaw).toEqual(one.confidentJointRaw);
        expect(other.warnings).toEqual(one.warnings);
        expect(other.counts).toEqual(one.counts);
        expect(other.noise).toEqual(one.noise);
      }
    }
  });

  it("of several faulty rows the first is reported, and the threads end", async () => {
    const { labels, probs, k } = input(3);
    const n = labels.length;
    probs[(n - 1) * k] = Number.NaN;
    probs[(n - 2) * k] = 7;
    for (const threads of [1, 2, 4]) {
      const run = findLabelIssues(arraySource(labels, probs, k, 1), { threads });
      await expect(run).rejects.toMatchObject({ row: n - 2, code: "probability-out-of-range" });
    }
  });

  it("an aborted run ends its threads", async () => {
    const { labels, probs, k } = input(4);
    const abort = new AbortController();
    const run = findLabelIssues(arraySource(labels, probs, k, 1), {
      threads: 2,
      signal: abort.signal,
      onProgress: ({ pass }) => {
        if (pass === 2) abort.abort(new Error("enough"));
      },
    });
    await expect(run).rejects.toThrow("enough");
  });

  it("an invalid number of threads is refused", async () => {
    const { labels, probs, k } = input(5);
    const run = findLabelIssues(arraySource(labels, probs, k), { threads: 0 });
    await expect(run).rejects.toMatchObject({ code: "invalid-option" });
  });
});
