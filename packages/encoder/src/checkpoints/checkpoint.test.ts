import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selectBackend } from "../backends/select.js";
import { modelConfig } from "../model/config.js";
import { initialWeights } from "../model/parameters.js";
import { crc32c } from "../numeric/crc32c.js";
import { parseVocabulary } from "../text/vocabulary.js";
import { lossAndGradients } from "../training/steps/inspect.js";
import { readCheckpoint } from "./checkpoint.js";
import { writeHuggingFaceFolder } from "./hugging-face.js";
import { readSafetensors, writeSafetensors } from "./safetensors.js";

const CASE = fileURLToPath(
  new URL("../../../../test/golden/albert/case1_gelu_2layer", import.meta.url),
);
const CLS = { head: { tap: "last", pooling: "cls" } } as const;

let folder: string;

async function copyOfCase(name: string): Promise<string> {
  const copy = join(folder, name);
  await cp(CASE, copy, { recursive: true });
  return copy;
}

async function rewrite(
  copy: string,
  change: (tensors: ReturnType<typeof readSafetensors>["tensors"]) => void,
) {
  const path = join(copy, "model.safetensors");
  const { tensors } = readSafetensors(await readFile(path));
  change(tensors);
  await writeFile(path, writeSafetensors(tensors));
}

describe("checkpoint folders", () => {
  beforeAll(async () => {
    await selectBackend("wasm");
    folder = await mkdtemp(join(tmpdir(), "albert-checkpoint-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("both formats hold the same encoder; unused tensors are named", async () => {
    const one = await readCheckpoint(CASE, CLS);
    const two = await readCheckpoint(CASE, {
      ...CLS,
      format: "tensorflow-bundle",
      activation: "gelu",
    });
    for (const [name, weight] of two.weights) expect(one.weights.get(name), name).toEqual(weight);
    expect(one.weights.size).toBe(two.weights.size + 2);
    expect([...one.surplus].sort()).toEqual(["albert.pooler.bias", "albert.pooler.weight"]);
    expect(one.vocabulary?.special["[MASK]"]).toBe(4);
  });

  it("Google's gelu is the tanh form unless the caller says otherwise", async () => {
    const google = await readCheckpoint(CASE, { format: "tensorflow-bundle" });
    const huggingFace = await readCheckpoint(CASE);
    expect([google.config.activation, huggingFace.config.activation]).toEqual([
      "gelu-tanh",
      "gelu",
    ]);
  });

  it("a model written as a Hugging Face folder reads back and computes the same", async () => {
    const vocabulary = parseVocabulary(await readFile(join(CASE, "vocab.txt"), "utf8"));
    const config = modelConfig({
      preset: { embeddingSize: 8, hiddenSize: 12, heads: 3, intermediateSize: 16, layers: 2 },
      head: { layer: 2, pooling: "cnn", wideBuckets: 32 },
      maxLength: 20,
    });
    const weights = initialWeights(config, vocabulary.tokens.length, 3, 1);
    const out = join(folder, "written");
    const classNames = ["a", "b", "c"];
    await writeHuggingFaceFolder(out, {
      config,
      weights,
      vocabulary,
      classNames,
      lowerCase: false,
    });
    const tokenizer = JSON.parse(await readFile(join(out, "tokenizer_config.json"), "utf8"));
    expect(tokenizer).toEqual({ tokenizer_class: "BertTokenizer", do_lower_case: false });
    const back = await readCheckpoint(out, { maxLength: 20, hiddenDropout: config.hiddenDropout });
    expect(back.config).toEqual(config);
    expect(back.weights).toEqual(weights);
    expect(back.surplus).toEqual([]);
    const texts = {
      ids: [[2, 7, 8, 3]],
      mask: [[1, 1, 1, 1]],
      segments: [[0, 0, 0, 0]],
      labels: [1],
    };
    const before = await lossAndGradients(config, weights, texts);
    expect((await lossAndGradients(back.config, back.weights, texts)).loss).toBe(before.loss);
  });

  it("missing and wrongly shaped weights are all listed", async () => {
    const copy = await copyOfCase("missing");
    await rewrite(copy, (tensors) => {
      tensors.delete("albert.embeddings.LayerNorm.bias");
      tensors.set("albert.embeddings.LayerNorm.weight", {
        shape: [3],
        values: new Float32Array(3),
      });
    });
    await expect(readCheckpoint(copy, CLS)).rejects.toMatchObject({
      code: "missing-weights",
      message: expect.stringMatching(
        /norm.scale is \[3\], not \[16\]; embeddings.norm.offset is missing/,
      ),
    });
  });

  it("a classifier of another width is left out, and trained again", async () => {
    const copy = await copyOfCase("other-head");
    const { weights } = await readCheckpoint(copy, {
      head: { layer: 1, pooling: "cls-mean-embedding" },
    });
    expect(weights.has("classifier.kernel")).toBe(false);
    expect(weights.has("mapping.kernel")).toBe(true);
  });

  it.each([
    ["brightmart's old files", "bert/encoder/layer_shared/x", /another architecture/],
    ["brightmart's old files", "bert/embeddings/word_embeddings_2", /another architecture/],
  ])("refuses %s", async (_, name, message) => {
    const copy = await copyOfCase(name.replaceAll("/", "-"));
    await rewrite(copy, (tensors) =>
      tensors.set(name, { shape: [1], values: new Float32Array(1) }),
    );
    await expect(readCheckpoint(copy)).rejects.toMatchObject({
      code: "unsupported-checkpoint",
      message: expect.stringMatching(message),
    });
  });

  it("refuses a pickle that holds more than tensors, and says how to save those", async () => {
    const copy = await copyOfCase("pickle");
    for (const file of ["model.safetensors", "albert_model.ckpt.index"]) await rm(join(copy, file));
    await writeFile(join(copy, "pytorch_model.bin"), "\x80\x02cos\nsystem\n.", "latin1");
    await expect(readCheckpoint(copy)).rejects.toMatchObject({
      code: "unsupported-checkpoint",
      message: expect.stringMatching(/safe_serialization=True/),
    });
  });

  it.each([
    ["the data", "albert_model.ckpt.data-00000-of-00001", 1000, /does not match its checksum/],
    ["the index", "albert_model.ckpt.index", 20, /does not match its checksum|not snappy data/],
  ])("one flipped bit in %s of a bundle is detected", async (_, file, at, message) => {
    const copy = await copyOfCase(`flipped-${file}`);
    const bytes = await readFile(join(copy, file));
    bytes[at] = bytes[at]! ^ 4;
    await writeFile(join(copy, file), bytes);
    await expect(readCheckpoint(copy, { format: "tensorflow-bundle" })).rejects.toMatchObject({
      code: "bad-checkpoint",
      message: expect.stringMatching(message),
    });
  });

  it("a bundle's data file that is cut off or absent is named", async () => {
    const copy = await copyOfCase("cut");
    const file = "albert_model.ckpt.data-00000-of-00001";
    await writeFile(join(copy, file), (await readFile(join(copy, file))).subarray(0, 500));
    await expect(readCheckpoint(copy, { format: "tensorflow-bundle" })).rejects.toThrow(
      /is the file cut off/,
    );
    await rm(join(copy, file));
    await expect(readCheckpoint(copy, { format: "tensorflow-bundle" })).rejects.toThrow(
      /lacks albert_model/,
    );
  });

  it("computes CRC32C", () => {
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  });
});
