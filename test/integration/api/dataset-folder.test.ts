import { createHash } from "node:crypto";
import type { CallInput } from "@winnow/client";
import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { exportedFile, type PrunedFile, pruneFile } from "../../support/pruned-file.js";
import { openService, type TestService } from "../../support/service.js";
import { untar } from "../../support/tar.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

type Split = "cleaned" | "noise" | "relabelled" | "soft";
type Row = Record<string, unknown>;

/** Names that readers of YAML take for something else, or cannot read. */
const CLASSES = ["yes", "12:30", "0o7", "~", '"', "a: b", "---", "line\nbreak", "\u2028\u0085x"];
const COLUMNS = ["label", "flagged", "a/b", "url", "ü \u2028", "winnow_label"];
const N = 120;
const FILE = Array.from({ length: N }, (_, i) => ({
  title: `title ${i} ${CLASSES[(i * 5) % CLASSES.length]}`,
  kind: CLASSES[i % CLASSES.length],
  ...Object.fromEntries(COLUMNS.map((name, j) => [name, [i, `x${i}`, i % 2 === 0, i / 4][j % 4]])),
}));
const FLAGGED = Array.from({ length: 20 }, (_, i) => i * 3);

let service: TestService;
let pruned: PrunedFile;

beforeAll(async () => {
  service = await openService();
  const lines = FILE.map((row) => `${JSON.stringify(row)}\n`).join("");
  const format = { type: "jsonl", textColumn: "title", labelColumn: "kind" } as const;
  pruned = await pruneFile(service, lines, format, FLAGGED);
});
afterAll(() => service.close());

const folderOf = async (
  query: NonNullable<CallInput<"exportDatasetFolder">["query"]> = {},
  { pruningId } = pruned,
): Promise<Map<string, Buffer>> => {
  const params = { id: pruningId };
  return untar(
    await chunksOf(await service.client.download("exportDatasetFolder", { params, query })),
  );
};

async function chunksOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

function cardOf(folder: ReadonlyMap<string, Buffer>) {
  const [, header] = folder.get("README.md")!.toString("utf8").split(/^---$/m);
  return parse(header!, { version: "1.1" }) as {
    license?: string;
    configs: { config_name: string; data_files: { path: string }[]; default?: boolean }[];
    dataset_info: {
      config_name: string;
      features: { name: string; dtype?: { class_label: { names: Record<string, string> } } }[];
    }[];
  };
}

/** The rows of a configuration as `datasets` reads them: what the card names, with names of classes. */
async function rowsOf(folder: ReadonlyMap<string, Buffer>, split: Split): Promise<Row[]> {
  const { features } = cardOf(folder).dataset_info.find((one) => one.config_name === split)!;
  const names = features.find(({ name }) => name === "text")
    ? (features.find(({ dtype }) => Object(dtype).class_label)?.dtype?.class_label.names ?? {})
    : {};
  const nameOf = (index: unknown) => (index === null ? null : names[String(index)]);
  const rows: Row[] = [];
  for (const [name, bytes] of folder) {
    if (!name.startsWith(`${split}/`)) continue;
    const file = bytes.buffer.slice(
      bytes.byteOffset,
      bytes.byteOffset + bytes.length,
    ) as ArrayBuffer;
    rows.push(...((await parquetReadObjects({ file, compressors })) as Row[]));
  }
  return rows.map((row) => {
    expect(Object.keys(row).sort()).toEqual(features.map(({ name }) => name).sort());
    return Object.fromEntries(
      features.map(({ name, dtype }) => {
        const value = row[name];
        if (Object(dtype).class_label) return [name, nameOf(value)];
        if (name === "softLabels") return [name, (value as unknown[]).map(nameOf)];
        return [name, typeof value === "bigint" ? Number(value) : value];
      }),
    );
  });
}

/** The same split by the plain export. */
async function exported(split: Split, reviews: "follow" | "ignore" = "follow"): Promise<Row[]> {
  const file = await exportedFile(service, pruned.pruningId, { split, format: "jsonl", reviews });
  const lines = file.toString("utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Row);
}

const softColumns = (soft: readonly Row[]): Row => ({
  softLabels: soft.map(({ label }) => label),
  softProbabilities: soft.map(({ probability }) => probability),
});

const SPLITS: readonly Split[] = ["cleaned", "noise", "relabelled", "soft"];

async function expectSameRows(folder: ReadonlyMap<string, Buffer>, reviews: "follow" | "ignore") {
  for (const split of SPLITS) {
    const rows = await rowsOf(folder, split);
    const wanted = (await exported(split, reviews)).map(({ trueLabel: _, soft, ...row }) => ({
      ...row,
      ...(soft === undefined ? {} : softColumns(soft as Row[])),
    }));
    expect(rows, split).toEqual(wanted);
  }
}

describe("the dataset folder of a pruning", () => {
  it("holds the rows of every split, with every column", async () => {
    await expectSameRows(await folderOf(), "follow");
  });

  it("follows reviews, or ignores them", async () => {
    const { datasetId, samples } = pruned;
    const [one, two, three, four] = FLAGGED;
    const label = samples.find(({ ordinal }) => ordinal === two! + 1)!.label;
    await service.client.call("createReviews", {
      params: { id: datasetId },
      query: {},
      body: {
        type: "rows",
        reviews: [
          { ordinal: one!, verdict: "keep" },
          { ordinal: two!, verdict: "relabel", label },
          { ordinal: three!, verdict: "drop" },
          { ordinal: four!, verdict: "unsure" },
          { ordinal: 1, verdict: "drop" },
        ],
      },
    });
    await expectSameRows(await folderOf(), "follow");
    await expectSameRows(await folderOf({ reviews: "ignore" }), "ignore");
  });

  it("has the sums of its files in its receipt and in the Croissant record", async () => {
    const folder = await folderOf();
    const receipt = JSON.parse(folder.get("receipt.json")!.toString());
    const record = JSON.parse(folder.get("croissant.json")!.toString());
    const sumOf = (name: string) => createHash("sha256").update(folder.get(name)!).digest("hex");
    const files = receipt.export.tables.flatMap((one: { files: object[] }) => one.files) as {
      path: string;
      bytes: number;
      sha256: string;
    }[];
    expect(files.map(({ path }) => path).sort()).toEqual(
      [...folder.keys()].filter((name) => name.includes("/")).sort(),
    );
    for (const { path, bytes, sha256 } of files) {
      expect(sha256).toBe(sumOf(path));
      expect(bytes).toBe(folder.get(path)!.length);
      const object = record.distribution.find((one: { "@id": string }) => one["@id"] === path);
      expect(object.sha256).toBe(sha256);
    }
    const dataset = await service.client.call("getDataset", { params: { id: pruned.datasetId } });
    expect(receipt.dataset).toMatchObject({ id: dataset.id, file: dataset.sha256 });
    expect(record["prov:wasDerivedFrom"]["sc:sha256"]).toBe(dataset.sha256);
  });

  it("says who made the data and under which licence only where it was told", async () => {
    const bare = await folderOf();
    expect(cardOf(bare).license).toBeUndefined();
    const keys = Object.keys(JSON.parse(bare.get("croissant.json")!.toString()));
    for (const key of ["license", "creator", "url"]) expect(keys).not.toContain(key);
    const words = { license: "CC-BY-4.0", creator: "A & B", url: "https://example.org/x" };
    const told = await folderOf({ ...words, name: "Titles", description: "Of news." });
    expect(cardOf(told).license).toBe("cc-by-4.0");
    const record = JSON.parse(told.get("croissant.json")!.toString());
    expect(record).toMatchObject({
      name: "Titles",
      description: "Of news.",
      license: "https://spdx.org/licenses/CC-BY-4.0",
      url: "https://example.org/x",
      creator: { name: "A & B" },
    });
  });

  it("leaves out a split without rows, and says so", async () => {
    const lines = FILE.slice(0, 40).map((row) => `${JSON.stringify(row)}\n`);
    const format = { type: "jsonl", textColumn: "title", labelColumn: "kind" } as const;
    const clean = await pruneFile(service, lines.join(""), format);
    const folder = await folderOf({}, clean);
    const names = cardOf(folder).configs.map(({ config_name }) => config_name);
    expect(names).toEqual(["cleaned", "relabelled", "soft"]);
    expect(folder.get("README.md")!.toString()).toContain("No row is in `noise`");
  });

  it("refuses a URL that is none, and a pruning that is not there", async () => {
    await expect(folderOf({ url: "javascript:alert(1)" })).rejects.toMatchObject({
      code: "validation-failed",
    });
    const missing = { ...pruned, pruningId: "pr_01ARZ3NDEKTSV4RRFFQ69G5FAV" };
    await expect(folderOf({}, missing)).rejects.toMatchObject({ code: "pruning-not-found" });
  });
});
