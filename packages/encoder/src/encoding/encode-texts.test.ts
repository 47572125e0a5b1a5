import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom } from "@winnow/numeric";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selectBackend } from "../backends/select.js";
import { type EncodeOptions, encodeTexts } from "./encode-texts.js";
import { openSentenceEncoder, type SentenceEncoder } from "./sentence-encoder.js";
import { VectorCache } from "./vector-cache.js";

const FOLDER = fileURLToPath(
  new URL("../../../../test/golden/bert-shapes/bare-names", import.meta.url),
);
const WORDS = "the cat sat on mat dog walk river cafe xyz".split(" ");

let folder: string;
let encoder: SentenceEncoder;

/** Seeded texts of 1 to 12 words, some of them equal. */
function texts(count: number): string[] {
  const random = createRandom(3, "texts");
  const word = () => WORDS[random.below(WORDS.length)]!;
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + random.below(12) }, word).join(" "),
  );
}

async function encodeAll(given: Iterable<string>, options: EncodeOptions = {}) {
  const vectors: number[] = [];
  let encoded = 0;
  for await (const block of encodeTexts(encoder, given, options)) {
    expect(block.start).toBe(vectors.length / encoder.width);
    expect(block.vectors.length).toBe(block.rows * encoder.width);
    for (const value of block.vectors) vectors.push(value);
    encoded += block.encoded;
  }
  return { vectors, encoded };
}

describe("vectors of texts", () => {
  beforeAll(async () => {
    await selectBackend("wasm");
    folder = await mkdtemp(join(tmpdir(), "winnow-vectors-"));
    encoder = await openSentenceEncoder(FOLDER, { maxLength: 16 });
  });
  afterAll(async () => {
    encoder.dispose();
    await rm(folder, { recursive: true });
  });

  it("come in the order of the texts, with the same bits whatever shares a batch with them", async () => {
    const given = texts(5_000);
    const { vectors } = await encodeAll(given);
    for (const row of [0, 17, 4_095, 4_096, 4_999]) {
      const at = row * encoder.width;
      const alone = (await encodeAll([given[row]!])).vectors;
      expect(alone).toEqual(vectors.slice(at, at + encoder.width));
    }
    const turned = (await encodeAll(given.toReversed().slice(0, 999))).vectors;
    for (let row = 0; row < 999; row++) {
      const at = (given.length - 1 - row) * encoder.width;
      const own = turned.slice(row * encoder.width, (row + 1) * encoder.width);
      expect(own).toEqual(vectors.slice(at, at + encoder.width));
    }
  });

  it("an equal text is encoded once, and a second run takes all from the cache, to the bit", async () => {
    const given = ["the cat", "a dog", "the cat", "", "the cat"];
    const path = join(folder, "twice");
    const cache = await VectorCache.open(path, encoder.width);
    const first = await encodeAll(given, { cache });
    await cache.close();
    expect(first.encoded).toBe(3);
    const again = await VectorCache.open(path, encoder.width);
    expect(again.size).toBe(3);
    expect(await encodeAll(given, { cache: again })).toEqual({ ...first, encoded: 0 });
    await again.close();
  });

  it("a run that is stopped goes on where it was, and encodes no row twice", async () => {
    const given = [...new Set(texts(3_000))];
    const path = join(folder, "stopped");
    const stop = new AbortController();
    const cache = await VectorCache.open(path, encoder.width);
    const onProgress = (done: number) => done > 1_000 && stop.abort();
    await expect(
      encodeAll(given, { cache, signal: stop.signal, onProgress }),
    ).rejects.toMatchObject({ code: "cancelled" });
    const done = cache.size;
    await cache.close();
    expect(done).toBeGreaterThan(1_000);
    expect(done).toBeLessThan(given.length);
    const again = await VectorCache.open(path, encoder.width);
    expect((await encodeAll(given, { cache: again })).encoded).toBe(given.length - done);
    await again.close();
  });

  it("a record that a crash cut off is left out, and nothing else", async () => {
    const path = join(folder, "cut");
    const cache = await VectorCache.open(path, encoder.width);
    await encodeAll(["the cat", "the dog", "a river"], { cache });
    await cache.close();
    const [file] = await readdir(path);
    await truncate(join(path, file!), 2 * (20 + 4 * encoder.width) + 9);
    await appendFile(join(path, "note.txt"), "not a cache");
    const again = await VectorCache.open(path, encoder.width);
    expect(again.size).toBe(2);
    expect((await encodeAll(["the cat", "the dog", "a river"], { cache: again })).encoded).toBe(1);
    await again.close();
  });

  it("a record whose bits a disk turned is left out, and encoded again", async () => {
    const path = join(folder, "turned");
    const given = ["the cat", "the dog", "a river"];
    const cache = await VectorCache.open(path, encoder.width);
    const first = await encodeAll(given, { cache });
    await cache.close();
    const [file] = await readdir(path);
    const bytes = await readFile(join(path, file!));
    bytes[20 + 4 * encoder.width + 21]! ^= 4;
    await writeFile(join(path, file!), bytes);
    const again = await VectorCache.open(path, encoder.width);
    expect([again.size, again.records]).toEqual([2, 2]);
    expect(await encodeAll(given, { cache: again })).toEqual({ ...first, encoded: 1 });
    await again.close();
  });

  it("two processes fill one folder side by side", async () => {
    const path = join(folder, "side-by-side");
    const [one, two] = [
      await VectorCache.open(path, encoder.width),
      await VectorCache.open(path, encoder.width),
    ];
    await encodeAll(["the cat", "the dog"], { cache: one });
    await encodeAll(["the dog", "a river"], { cache: two });
    await Promise.all([one.close(), two.close()]);
    const both = await VectorCache.open(path, encoder.width);
    expect(both.size).toBe(3);
    await both.close();
  });

  it("no texts have no vectors", async () => {
    expect(await encodeAll([])).toEqual({ vectors: [], encoded: 0 });
  });

  it("another length or pooling is another encoder", async () => {
    const others = await Promise.all([
      openSentenceEncoder(FOLDER, { maxLength: 16 }),
      openSentenceEncoder(FOLDER, { maxLength: 12 }),
      openSentenceEncoder(FOLDER, { maxLength: 16, pooling: "cls" }),
    ]);
    const [same, ...different] = others.map(({ fingerprint }) => fingerprint);
    expect(same).toBe(encoder.fingerprint);
    expect(new Set([same, ...different]).size).toBe(3);
    for (const one of others) one.dispose();
  });

  it("refuses a length beyond the model's positions", async () => {
    await expect(openSentenceEncoder(FOLDER, { maxLength: 17 })).rejects.toThrow(
      /maxLength 17 is not a whole number of 3 to 16/,
    );
  });
});
