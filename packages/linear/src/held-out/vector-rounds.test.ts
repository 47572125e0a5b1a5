import { expect, it } from "vitest";
import { generator, randomTexts } from "../../oracle/random-texts.js";
import {
  firstVectorRound,
  type HeldOutSource,
  hardTargets,
  quickModel,
  type Scratch,
  textsOf,
  type VectorRoundsOptions,
  vectorRounds,
  vectorsOf,
} from "../index.js";

const unused: Scratch = {
  append() {
    throw new Error("so few rows need no file");
  },
  read() {
    throw new Error("so few rows need no file");
  },
};
const three = [unused, unused, unused] as const;
const D = 5;

async function setUp(seed: number) {
  const random = generator(seed);
  const { texts, labels, folds, k } = randomTexts(random);
  const own = { labels: Int32Array.from(labels), folds: Uint8Array.from(folds), k };
  const quick = await quickModel({ ...own, texts: textsOf(texts), scratch: [unused, unused] });
  const values = Float64Array.from({ length: labels.length * D }, () => random() - 0.4);
  const teach: VectorRoundsOptions["teach"] = async () => hardTargets(own.labels);
  return { ...own, quick, vectors: vectorsOf(values, D), teach, scratch: three };
}

const probsOf = ({ blocks }: HeldOutSource) =>
  [...blocks()].flatMap(({ probs }) => Array.from(probs));

it("a first round that has begun gives what one that begins here gives", async () => {
  for (let seed = 0; seed < 5; seed++) {
    const asked = await setUp(seed);
    const here = await vectorRounds(asked);
    const first = firstVectorRound({ ...asked, scratch: unused });
    const begun = await vectorRounds({ ...asked, first });
    for (const member of ["vectors", "second", "vectorsSecond"] as const) {
      expect(probsOf(begun[member].source)).toEqual(probsOf(here[member].source));
    }
    expect([begun.ridge, begun.weight]).toEqual([here.ridge, here.weight]);
    // The second round of the same targets says what the first one says.
    expect(probsOf(here.vectorsSecond.source)).toEqual(probsOf(here.vectors.source));
  }
});

it("tells a share that grows to one", async () => {
  const shares: number[] = [];
  await vectorRounds({ ...(await setUp(1)), onProgress: (share) => shares.push(share) });
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

it("what fails in either round is thrown", async () => {
  const asked = await setUp(2);
  const fault = new Error("no teacher");
  const teach = () => Promise.reject(fault);
  await expect(vectorRounds({ ...asked, teach })).rejects.toBe(fault);
  const first = Promise.reject(fault);
  await expect(vectorRounds({ ...asked, first })).rejects.toBe(fault);
  const values = vectorsOf(new Float64Array(asked.labels.length * D).fill(Number.NaN), D);
  await expect(vectorRounds({ ...asked, vectors: values })).rejects.toMatchObject({
    code: "invalid-vectors",
  });
});
