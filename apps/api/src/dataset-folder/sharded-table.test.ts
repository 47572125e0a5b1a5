import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWhole } from "@winnow/corpus";
import { expect, it } from "vitest";
import { ShardedTable } from "./sharded-table.js";

const COLUMNS = [
  { name: "text", type: "text" as const },
  { name: "label", type: "text" as const },
];

it("spreads rows over files, each a table of its own, and leaves no name behind", async () => {
  const folder = await mkdtemp(join(tmpdir(), "shards-"));
  const table = new ShardedTable(COLUMNS, folder, 4096);
  // Three row groups, and more than the bytes of a file in each.
  const texts = Array.from({ length: 20_000 }, (_, i) => `${i} ${"x".repeat(1000)}`);
  for (const [i, text] of texts.entries()) table.add([text, i % 2 === 0 ? "a" : "b"]);
  const shards = table.finish();
  expect(table.rows).toBe(texts.length);
  expect(shards.length).toBe(3);
  const rows: string[] = [];
  for (const { file } of shards) {
    const bytes = Buffer.concat([...file.chunks()]);
    const format = { type: "parquet", textColumn: "text", labelColumn: "label" } as const;
    const { samples } = await readWhole(bytes, { format });
    rows.push(...samples.map(({ text }) => text));
  }
  expect(rows).toEqual(texts);
  expect(await readdir(folder)).toEqual([]);
  table.close();
});

it("is one file without rows where nothing was added", async () => {
  const table = new ShardedTable(COLUMNS, tmpdir());
  expect(table.finish()).toHaveLength(1);
  expect(table.rows).toBe(0);
  table.close();
});
