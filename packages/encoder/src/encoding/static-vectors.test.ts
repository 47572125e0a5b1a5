import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selectBackend } from "../backends/select.js";
import { encodeTexts } from "./encode-texts.js";
import { openSentenceEncoder, type SentenceEncoder } from "./sentence-encoder.js";
import { openStaticVectors, type StaticOptions } from "./static-vectors.js";

const FOLDER = fileURLToPath(
  new URL("../../../../test/golden/bert-shapes/bare-names", import.meta.url),
);

let folder: string;
let encoder: SentenceEncoder;

async function staticOf(texts: readonly string[], options: StaticOptions = {}, mostHeld?: number) {
  const { blocks } = await openStaticVectors(encoder, () => texts, options, mostHeld);
  return [...blocks()].flatMap(({ values }) => [...values]);
}

async function encoded(texts: readonly string[]): Promise<number[][]> {
  const rows: number[][] = [];
  for await (const { vectors } of encodeTexts(encoder, texts)) {
    for (let at = 0; at < vectors.length; at += encoder.width) {
      rows.push([...vectors.subarray(at, at + encoder.width)]);
    }
  }
  return rows;
}

/** The sum of weighted, centred vectors, written slowly. */
function slowly(units: string[][], vocabulary: string[], vectors: number[][]): number[] {
  const mean = vectors[0]!.map(
    (_, c) => vectors.reduce((sum, v) => sum + v[c]!, 0) / vectors.length,
  );
  const all = units.flat();
  const weight = (unit: string) =>
    0.001 / (0.001 + all.filter((other) => other === unit).length / all.length);
  return units.flatMap((own) =>
    mean.map((m, c) =>
      own.reduce((sum, u) => sum + weight(u) * (vectors[vocabulary.indexOf(u)]![c]! - m), 0),
    ),
  );
}

function expectClose(found: number[], expected: number[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!), `number ${i}`).toBeLessThan(1e-5);
  });
}

describe("static vectors", () => {
  beforeAll(async () => {
    await selectBackend("wasm");
    folder = await mkdtemp(join(tmpdir(), "winnow-static-"));
    encoder = await openSentenceEncoder(FOLDER, { maxLength: 16 });
  });
  afterAll(async () => {
    encoder.dispose();
    await rm(folder, { recursive: true });
  });

  it("are sums of the tokens' vectors, rare ones first; no token, a zero vector", async () => {
    const texts = ["the cat sat", "the dog", "", "the the river"];
    const found = await staticOf(texts);
    const { tokenizer, vocabularySize, width } = encoder;
    const [[cls], [sep]] = tokenizer.ends as [[number], [number]];
    const vectors: number[][] = [];
    for (let id = 0; id < vocabularySize; id++) {
      const ids = Int32Array.of(cls, id, sep);
      const lengths = Int32Array.of(3);
      vectors.push([...(await encoder.vectors({ batch: 1, length: 3, ids, lengths }))]);
    }
    const units = texts.map((text) => [...tokenizer.encode(text)].slice(1, -1).map(String));
    const names = vectors.map((_, id) => String(id));
    expectClose(found, slowly(units, names, vectors));
    expect(found.slice(2 * width, 3 * width)).toEqual(new Array(width).fill(0));
  });

  it("of characters: one and two at a time, those met in twenty texts", async () => {
    const texts = [...Array(20).fill("上海 天"), "上气", "the"];
    const found = await staticOf(texts, { units: "characters" });
    const kept = ["上", "海", "上海", "天"].sort();
    const units = texts.map((text) =>
      text === "the" ? [] : text === "上气" ? ["上"] : ["上", "海", "上海", "天"],
    );
    expectClose(found, slowly(units, kept, await encoded(kept)));
  });

  it("the vocabulary is encoded once for all runs", async () => {
    const cacheFolder = join(folder, "cache");
    const shares: number[] = [];
    const onProgress = (share: number) => shares.push(share);
    const first = await staticOf(["the cat"], { cacheFolder, onProgress });
    expect(shares.at(-1)).toBe(1);
    expect(await readdir(cacheFolder)).toEqual(["vocabulary.d8.f32"]);
    shares.length = 0;
    expect(await staticOf(["the cat"], { cacheFolder, onProgress })).toEqual(first);
    expect(shares).toEqual([]);
  });

  it("of more units than are held are the same", async () => {
    const texts = Array.from({ length: 40 }, (_, i) => "the cat sat on a river ".repeat(i % 7));
    expect(await staticOf(texts, {}, 10)).toEqual(await staticOf(texts));
  });

  it("come in blocks, more texts than one holds", async () => {
    const texts = Array.from({ length: 2_500 }, (_, i) => (i % 2 === 0 ? "the cat" : "a river"));
    const { blocks } = await openStaticVectors(encoder, () => texts);
    const sizes = Array.from(blocks(), ({ start, rows }) => [start, rows]);
    expect(sizes).toEqual([
      [0, 1024],
      [1024, 1024],
      [2048, 452],
    ]);
  });
});
