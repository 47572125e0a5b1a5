import {
  evidenceOf,
  fitNaiveBayes,
  foldOrder,
  hardTargets,
  type NaiveBayes,
  textFeatures,
  textsOf,
} from "@winnow/linear";
import { expect, it } from "vitest";
import { generator, randomTexts } from "../../../../packages/linear/oracle/random-texts.js";
import { decodeModel, encodeModel } from "./quick-model-file.js";

const K = 4;

async function fitted(seed: number, letters = "") {
  const made = randomTexts(generator(seed), { k: K });
  const texts = textsOf(made.texts.map((text) => text + letters));
  const run = { labels: Int32Array.from(made.labels), folds: Uint8Array.from(made.folds), k: K };
  const features = await textFeatures(texts, { order: foldOrder(run.folds) });
  const targets = hardTargets(run.labels);
  const model = await fitNaiveBayes(features, { k: K, targets, folds: run.folds });
  return { run, texts, model };
}

type Fitted = Awaited<ReturnType<typeof fitted>>;

async function allEvidence(model: NaiveBayes, { run: { labels, folds } }: Fitted) {
  const suggested = labels.map((label) => (label + 1) % K);
  const doubts = { rows: [...labels.keys()], given: labels, suggested };
  const found = [];
  for await (const block of evidenceOf(model, folds, doubts)) found.push(...block);
  return found;
}

const contentOf = (model: NaiveBayes) => new Uint8Array(Buffer.concat(encodeModel(model)!));

it.each([
  ["words", ""],
  ["Chinese", "的标题很长"],
])(
  "a model of a file gives the evidence of the one that was stored, to the last bit (%s)",
  async (_, letters) => {
    for (let seed = 0; seed < 10; seed++) {
      const made = await fitted(seed, letters);
      const read = decodeModel(contentOf(made.model), made.run, made.texts);
      const expected = await allEvidence(made.model, made);
      expect(expected.some(({ evidence }) => evidence.suggested.length > 0)).toBe(true);
      expect(await allEvidence(read!, made)).toEqual(expected);
    }
  },
);

it("content that was cut, or of another dataset, is no model", async () => {
  const { model, run, texts } = await fitted(1);
  const content = contentOf(model);
  expect(decodeModel(content.slice(0, -2), run, texts)).toBeNull();
  expect(decodeModel(content, { ...run, labels: run.labels.slice(1) }, texts)).toBeNull();
  expect(decodeModel(new Uint8Array(0), run, texts)).toBeNull();
});
