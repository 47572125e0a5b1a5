import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { shardedRows, shardFold } from "./sharded-rows.js";
import { readTokenShard, writeTokenShards } from "./token-shards.js";

const [ROWS, SHARDS, CLASSES] = [500, 4, 3];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-shards-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const labelOf = (row: number) => (row * 7) % CLASSES;
/** A text of row, as its ids: the first names the row. */
const idsOf = (row: number) => Int32Array.from([row, ...new Array(row % 9).fill(row % 50)]);

async function* batches(rows = ROWS) {
  for (let start = 0; start < rows; start += 64) {
    yield Array.from({ length: Math.min(64, rows - start) }, (_, i) => ({
      text: String(start + i),
      label: labelOf(start + i),
    }));
  }
}

async function written(wideIds = false) {
  const paths = Array.from({ length: SHARDS }, (_, i) => join(folder, `shard ${i}`));
  const encode = (text: string) => idsOf(Number(text));
  return { paths, shards: await writeTokenShards(batches(), encode, { paths, folder, wideIds }) };
}

it.each([false, true])(
  "every row is in one shard, with its label and tokens, in input order (wide ids: %s)",
  async (wideIds) => {
    const { paths, shards } = await written(wideIds);
    const seen = new Set<number>();
    for (const [i, path] of paths.entries()) {
      const shard = (await readTokenShard(path, shards[i]!))!;
      const { ordinals, labels, tokens } = shard;
      expect(tokens.ids).toBeInstanceOf(wideIds ? Int32Array : Uint16Array);
      expect(ordinals.length).toBeGreaterThan(ROWS / SHARDS / 2);
      expect([...ordinals]).toEqual([...ordinals].sort((a, b) => a - b));
      ordinals.forEach((row, text) => {
        seen.add(row);
        expect(labels[text]).toBe(labelOf(row));
        const ids = tokens.ids.subarray(tokens.offsets[text], tokens.offsets[text + 1]);
        expect([...ids]).toEqual([...idsOf(row)]);
      });
      expect(shards[i]).toMatchObject({ texts: ordinals.length, tokens: tokens.ids.length });
    }
    expect(seen.size).toBe(ROWS);
    expect(readdirSync(folder)).toHaveLength(SHARDS);
  },
);

it("the same rows give the same files, and a cut or changed one is none", async () => {
  const first = await written();
  const bytes = first.paths.map((path) => readFileSync(path));
  const again = await written();
  expect(again).toEqual(first);
  expect(again.paths.map((path) => readFileSync(path))).toEqual(bytes);
  const [path, info] = [first.paths[0]!, first.shards[0]!];
  expect(await readTokenShard(first.paths[1]!, info)).toBeNull();
  writeFileSync(path, bytes[0]!.subarray(0, -1));
  expect(await readTokenShard(path, info)).toBeNull();
  rmSync(path);
  expect(await readTokenShard(path, info)).toBeNull();
});

it("a text longer than what is collected at a time is written whole", async () => {
  const long = Int32Array.from({ length: 70_000 }, (_, i) => i % 1000);
  const paths = Array.from({ length: 400 }, (_, i) => join(folder, `long ${i}`));
  async function* one() {
    yield [{ text: "long", label: 1 }];
  }
  const shards = await writeTokenShards(one(), () => long, { paths, folder, wideIds: false });
  const at = shards.findIndex(({ texts }) => texts === 1);
  expect(shards[at]).toMatchObject({ longest: 70_000 });
  expect([...(await readTokenShard(paths[at]!, shards[at]!))!.tokens.ids]).toEqual([...long]);
});

it("a fold's rows are those of all shards: training, held out in order, dropped ones neither", async () => {
  const files = await written();
  const folds = Uint8Array.from({ length: ROWS }, (_, row) => row % 5);
  const dropped = new Set([1, 6, 12, 400]);
  const offsets = Int32Array.from({ length: ROWS + 1 }, (_, i) => i);
  const softTargets = {
    offsets,
    classes: Int32Array.from({ length: ROWS }, (_, row) => row % CLASSES),
    probabilities: new Float32Array(ROWS).fill(1),
  };
  const place = await shardFold(files, folds, { fold: 0, classes: CLASSES, dropped, softTargets });
  const rows = shardedRows(structuredClone(place));
  const held = Array.from({ length: ROWS }, (_, row) => row).filter((row) => row % 5 === 0);
  const learned = Array.from({ length: ROWS }, (_, row) => row).filter(
    (row) => row % 5 !== 0 && !dropped.has(row),
  );
  expect([...place.testOrdinals]).toEqual(held);
  expect([...rows.testLabels]).toEqual(held.map(labelOf));
  expect([...rows.classCounts]).toEqual(
    [0, 1, 2].map((label) => learned.filter((row) => labelOf(row) === label).length),
  );
  const seen: number[] = [];
  const placed: number[] = [];
  for (const shard of rows.texts.keys()) {
    const own = await rows.readShard(shard);
    const rowOf = (text: number) => own.tokens.ids[own.tokens.offsets[text]!]!;
    expect(own.trainIndices).toHaveLength(rows.trainRows[shard]!);
    for (const text of own.trainIndices) seen.push(rowOf(text));
    own.testIndices.forEach((text, i) => {
      placed[own.testPlaces[i]!] = rowOf(text);
    });
    own.labels.forEach((_, text) => {
      const at = own.softTargets!.offsets[text]!;
      expect(own.softTargets!.classes[at]).toBe(rowOf(text) % CLASSES);
    });
  }
  expect(seen.sort((a, b) => a - b)).toEqual(learned);
  expect(placed).toEqual(held);
});

it("names the shard that is gone", async () => {
  const files = await written();
  rmSync(files.paths[2]!);
  const split = { fold: 0, classes: CLASSES, dropped: new Set<number>(), softTargets: null };
  await expect(shardFold(files, new Uint8Array(ROWS), split)).rejects.toThrow("shard 2");
});
