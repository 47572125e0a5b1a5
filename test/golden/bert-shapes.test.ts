import { readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  encodeTexts,
  openSentenceEncoder,
  readCheckpoint,
  readSafetensors,
  selectBackend,
  writeSafetensors,
} from "@winnow/encoder";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

type Precision = "float32" | "float16" | "bfloat16";

/** Written by PyTorch, transformers and safetensors, see bert-shapes.py beside it. */
const SHAPES = fileURLToPath(new URL("bert-shapes", import.meta.url));
const EXPECTED = JSON.parse(readFileSync(join(SHAPES, "expected.json"), "utf8")) as {
  texts: string[];
  maxLength: number;
  shapes: Record<string, Precision>;
} & Record<Precision, Record<"mean" | "cls", number[][]>>;

let folder: string;

/** A copy of a shape's folder with another configuration, or other weights. */
async function changed(
  name: string,
  shape: string,
  config: object,
  change?: (tensors: ReturnType<typeof readSafetensors>["tensors"]) => void,
): Promise<string> {
  const copy = join(folder, name);
  await cp(join(SHAPES, shape), copy, { recursive: true });
  const settings = JSON.parse(await readFile(join(copy, "config.json"), "utf8"));
  await writeFile(join(copy, "config.json"), JSON.stringify({ ...settings, ...config }));
  if (change) {
    const file = join(copy, "model.safetensors");
    const { tensors } = readSafetensors(await readFile(file));
    change(tensors);
    await writeFile(file, writeSafetensors(tensors));
  }
  return copy;
}

describe("one BERT in every shape of a folder", () => {
  beforeAll(async () => {
    await selectBackend("wasm");
    folder = await mkdtemp(join(tmpdir(), "winnow-shapes-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(Object.entries(EXPECTED.shapes))(
    "%s gives PyTorch's vectors (%s)",
    async (name, like) => {
      for (const pooling of ["mean", "cls"] as const) {
        const { maxLength, texts } = EXPECTED;
        const encoder = await openSentenceEncoder(join(SHAPES, name), { pooling, maxLength });
        const blocks: number[] = [];
        for await (const { vectors } of encodeTexts(encoder, texts)) blocks.push(...vectors);
        encoder.dispose();
        const expected = EXPECTED[like][pooling].flat();
        expect(blocks.length).toBe(expected.length);
        blocks.forEach((value, i) => {
          expect(Math.abs(value - expected[i]!), `${pooling} ${i}`).toBeLessThan(1e-5);
        });
      }
    },
  );

  it.each([
    ["pickle", "bert-prefix-and-heads"],
    ["pickle-before-1.6", "bert-prefix-and-heads"],
    ["pickle-protocol-4", "bert-prefix-and-heads"],
    ["pickle-strides", "bert-prefix-and-heads"],
    ["pickle-float16", "float16"],
    ["pickle-bfloat16", "bfloat16"],
  ])("%s loads to the same bits as %s", async (pickle, safetensors) => {
    const head = { tap: "pooler", pooling: "cls" } as const;
    const one = await readCheckpoint(join(SHAPES, pickle), { head });
    const two = await readCheckpoint(join(SHAPES, safetensors), { head });
    expect(one.format).toBe("pytorch");
    expect([...one.weights.keys()]).toEqual([...two.weights.keys()]);
    for (const [name, weight] of two.weights) expect(one.weights.get(name), name).toEqual(weight);
  });

  it("a pooler is missed by its own head alone", async () => {
    const path = join(SHAPES, "no-pooler");
    await expect(
      readCheckpoint(path, { head: { tap: "pooler", pooling: "cls" } }),
    ).rejects.toMatchObject({
      code: "missing-weights",
      message: expect.stringMatching(/pooler.kernel is missing/),
    });
  });

  it.each([
    ["another model", { model_type: "roberta" }, /describes a roberta model; albert and bert/],
    ["an ALBERT configuration", { model_type: "albert" }, /describes a albert model, and the wei/],
    [
      "relative positions",
      { position_embedding_type: "relative_key" },
      /position_embedding_type "relative_key".*absolute positions/,
    ],
    ["a decoder", { is_decoder: true }, /a decoder; take the encoder/],
    ["missing layers", { num_hidden_layers: 4 }, /all weights of the blocks 2, 3 are missing/],
    ["wrong shapes", { intermediate_size: 16 }, /intermediate.kernel is \[8,12\], not \[8,16\]/],
    ["another activation", { hidden_act: "silu" }, /hidden_act "silu" is not one of/],
    ["a smaller vocabulary", { vocab_size: 40 }, /embeddings.word is \[28,8\], not \[40,8\]/],
  ])("refuses %s in one sentence", async (name, config, message) => {
    const path = await changed(name, "bare-names", config);
    await expect(readCheckpoint(path, { head: { tap: "last" } })).rejects.toThrow(message);
  });

  it("refuses two encoders in one file, and a folder of another kind than was asked for", async () => {
    const path = await changed("two", "bert-prefix-and-heads", {}, (tensors) => {
      for (const [name, tensor] of [...tensors]) tensors.set(`teacher.${name}`, tensor);
    });
    await expect(readCheckpoint(path)).rejects.toThrow(/holds 2 encoders .*save the one to use/);
    await expect(readCheckpoint(join(SHAPES, "pickle"), { modelType: "albert" })).rejects.toThrow(
      /holds a bert model, and a albert model was asked for; ask for kind "bert"/,
    );
  });

  it("refuses an index that names a file outside of the folder, or none", async () => {
    const path = await changed("outside", "shards", {});
    const index = (map: unknown) =>
      writeFile(join(path, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
    await index({ a: "../bare-names/model.safetensors" });
    await expect(readCheckpoint(path)).rejects.toThrow(/names the shard "..\/bare-names/);
    await index(null);
    await expect(readCheckpoint(path)).rejects.toThrow(/has no weight_map/);
  });
});
