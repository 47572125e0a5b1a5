// Threads run the built files, so this test imports the package as other packages do.
import {
  fitNaiveBayes,
  foldOrder,
  hardTargets,
  heldOutProbabilities,
  textFeatures,
  textsOf,
} from "@winnow/linear";
import { describe, expect, it } from "vitest";
import { generator } from "../../oracle/random-texts.js";

const ROWS = 6_000;
const FOLDS = 5;
const WORDS = 400;

/** Enough rows for threads to start; `k` classes, some of which hardly occur. */
function input(k: number) {
  const random = generator(k);
  const below = (limit: number) => Math.floor(random() ** 2 * limit);
  const labels = Int32Array.from({ length: ROWS }, () => below(k));
  const texts = Array.from(labels, (label) =>
    Array.from({ length: 1 + below(7) }, () => `w${(below(WORDS) + 3 * label) % WORDS}`).join(" "),
  );
  const folds = Uint8Array.from({ length: ROWS }, (_, row) => row % FOLDS);
  return { texts, labels, folds, k };
}

class Bytes {
  #all = new Uint8Array(0);

  append(bytes: Uint8Array): number {
    const start = this.#all.length;
    const more = new Uint8Array(this.#all.length + bytes.length);
    more.set(this.#all);
    more.set(bytes, start);
    this.#all = more;
    return start;
  }

  read(at: number, into: Uint8Array): void {
    into.set(this.#all.subarray(at, at + into.length));
  }
}

async function answer({ texts, labels, folds, k }: ReturnType<typeof input>, threads: number) {
  const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
  const model = await fitNaiveBayes(features, { k, targets: hardTargets(labels), folds });
  const options = { labels, folds, scratch: new Bytes(), threads };
  const { source, temperature } = await heldOutProbabilities(model, options);
  const blocks = [...source.blocks()].flatMap(({ probs }) => [...probs]);
  return { temperature, blocks };
}

describe("rows scored on threads", () => {
  it.each([3, 40])(
    "of %i classes have the probabilities of one thread, bit for bit",
    async (k) => {
      const own = input(k);
      const one = await answer(own, 1);
      expect(one.blocks).toHaveLength(ROWS * k);
      for (const threads of [2, 4]) expect(await answer(own, threads)).toEqual(one);
    },
    60_000,
  );

  it("stop when they are told to", async () => {
    const { texts, labels, folds, k } = input(3);
    const features = await textFeatures(textsOf(texts), { order: foldOrder(folds) });
    const model = await fitNaiveBayes(features, { k, targets: hardTargets(labels), folds });
    const controller = new AbortController();
    const options = {
      labels,
      folds,
      scratch: new Bytes(),
      threads: 3,
      signal: controller.signal,
      onProgress: (rows: number) => {
        if (rows > 1_000) controller.abort();
      },
    };
    await expect(heldOutProbabilities(model, options)).rejects.toMatchObject({ code: "cancelled" });
  });
});
