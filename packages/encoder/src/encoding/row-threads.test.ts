// Threads run the built files, so this test imports the package as other packages do.
import { fileURLToPath } from "node:url";
import { openSentenceEncoder, openStaticVectors, selectBackend } from "@winnow/encoder";
import { expect, it } from "vitest";

const FOLDER = fileURLToPath(
  new URL("../../../../test/golden/bert-shapes/bare-names", import.meta.url),
);

it("threads give a vocabulary the same vectors, and stop when they are cancelled", async () => {
  await selectBackend("wasm");
  const encoder = await openSentenceEncoder(FOLDER, { maxLength: 16 });
  const texts = ["the cat sat", "a dog", "the river"];
  const of = async (threads: number) => {
    const shares: number[] = [];
    const onProgress = (share: number) => shares.push(share);
    const { blocks } = await openStaticVectors(encoder, () => texts, { threads, onProgress });
    expect(shares.at(-1)).toBe(1);
    return Array.from(blocks(), ({ values }) => [...values]);
  };
  expect(await of(2)).toEqual(await of(1));

  const signal = AbortSignal.abort();
  await expect(
    openStaticVectors(encoder, () => texts, { threads: 2, signal }),
  ).rejects.toMatchObject({ code: "cancelled" });
  encoder.dispose();
}, 60_000);

it("each thread takes the next batch", async () => {
  const encoder = await openSentenceEncoder(FOLDER, { maxLength: 16 });
  const batches = Array.from({ length: 9 }, (_, i) => {
    const ids = Int32Array.of(2, i, 3, 2, 9 - i, 3);
    return { batch: 2, length: 3, ids, lengths: Int32Array.of(3, 3) };
  });
  const found: Float32Array[] = [];
  await encoder.vectorsOfAll(batches, { threads: 3 }, (batch, vectors) => {
    found[batch] = vectors;
  });
  for (const [i, batch] of batches.entries())
    expect(found[i]).toEqual(await encoder.vectors(batch));
  encoder.dispose();
}, 60_000);

it("a thread that cannot encode a batch is an error", async () => {
  const encoder = await openSentenceEncoder(FOLDER, { maxLength: 16 });
  const broken = { batch: 1, length: 3, ids: Int32Array.of(1, 2), lengths: Int32Array.of(3) };
  const all = encoder.vectorsOfAll([broken], { threads: 2 }, () => {});
  await expect(all).rejects.toThrow();
}, 60_000);
