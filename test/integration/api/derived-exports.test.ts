import type { DatasetFormat } from "@winnow/contracts";
import { readWhole } from "@winnow/corpus";
import { stringify } from "csv-stringify/sync";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { exportedFile, pruneDataset, pruneFile } from "../../support/pruned-file.js";
import { openService, type TestService } from "../../support/service.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let service: TestService;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service.close());

const csv = (rows: readonly (readonly string[])[]): string => stringify(rows as string[][]);

/** The dataset with the labels of half of its rows changed, and a pruning of it. */
async function noisyOf(datasetId: string) {
  const { id } = await service.client.call("createDatasetIngest", {
    body: {
      name: "noisy",
      source: { type: "dataset", datasetId },
      noise: { type: "symmetric", rate: 0.5, seed: 3 },
    },
  });
  return pruneDataset(service, (await service.succeeded(id)).datasetId as string);
}

it("codes of Toutiao follow the labels, in derived datasets and in other formats", async () => {
  const NAMES: ReadonlyMap<string, string> = new Map([
    ["101", "news_culture"],
    ["102", "news_entertainment"],
  ]);
  const lines = Array.from({ length: 40 }, (_, i) => {
    const code = i % 2 ? "102" : "101";
    return `${i}_!_${code}_!_${NAMES.get(code)}_!_title ${i}_!_k${i}`;
  });
  const parent = await pruneFile(service, `${lines.join("\n")}\n`, { type: "toutiao" }, [3]);
  const query = { columns: "source", split: "relabelled" } as const;
  const relabelled = await exportedFile(service, parent.pruningId, { ...query, format: "csv" });
  expect(relabelled.toString().split("\n")[4]).toBe("3,101,news_culture,title 3,k3");
  const { pruningId } = await noisyOf(parent.datasetId);
  const noisy = await exportedFile(service, pruningId, {
    ...query,
    format: "source",
    split: "all",
  });
  const fields = noisy
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => line.split("_!_"));
  expect(fields.map(([, code]) => NAMES.get(code!))).toEqual(fields.map(([, , name]) => name));
  expect(fields.filter(([, code], i) => code !== lines[i]!.split("_!_")[1])).toHaveLength(20);
});

it("a derived dataset writes true labels as its file does, and keeps those that were there", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => [`t${i}`, String(i % 2), i % 4 ? "" : "1"]);
  const format: DatasetFormat = { type: "csv", trueLabelColumn: "gold", labelNames: ["no", "yes"] };
  const parent = await pruneFile(service, csv([["text", "label", "gold"], ...rows]), format);
  const { pruningId, samples } = await noisyOf(parent.datasetId);
  const query = { format: "source", columns: "source", split: "all" } as const;
  const bytes = await exportedFile(service, pruningId, query);
  const noisy = rows.map(([text, given, gold], i) => [
    text!,
    samples[i]!.label === "no" ? "0" : "1",
    gold || given!,
  ]);
  expect(bytes.toString()).toBe(csv([["text", "label", "gold"], ...noisy]));
});

it.each([
  [
    "indexes in csv",
    { type: "csv", labelNames: ["no", "yes"] },
    (text: string, label: string) => `${text},${label === "no" ? 0 : 1}`,
    "text,label",
  ],
  [
    "numbers in jsonl",
    { type: "jsonl", labelNames: ["no", "yes"] },
    (text: string, label: string) => `{"text":"${text}","label":${label === "no" ? 0 : 1}}`,
    null,
  ],
  [
    "lists in jsonl",
    { type: "jsonl" },
    (text: string, label: string) => `{"text":"${text}","label":["${label}"]}`,
    null,
  ],
  [
    "a label in an object",
    { type: "jsonl", labelColumn: "annotation.label" },
    (text: string, label: string) =>
      `{"text":"${text}","annotation":{"label":"${label}","by":1.0}}`,
    null,
  ],
  [
    "numbers in a list",
    { type: "jsonl", labelColumn: "annotations.0.label", labelNames: ["no", "yes"] },
    (text: string, label: string) =>
      `{"text":"${text}","annotations":[{"label":${label === "no" ? 0 : 1}},{"label":7}]}`,
    null,
  ],
] as const)(
  "a derived dataset writes labels as its file does: %s",
  async (_, given, line, head) => {
    const labels = Array.from({ length: 40 }, (_row, i) => (i % 2 ? "yes" : "no"));
    const linesOf = (all: readonly string[]) =>
      `${[...(head === null ? [] : [head]), ...all.map((label, i) => line(`t${i}`, label))].join("\n")}\n`;
    const format = {
      ...given,
      labelNames: "labelNames" in given ? [...given.labelNames] : undefined,
    };
    const parent = await pruneFile(service, linesOf(labels), format);
    const { pruningId, samples } = await noisyOf(parent.datasetId);
    expect(samples.filter(({ label, trueLabel }) => label !== trueLabel)).toHaveLength(20);
    const query = { format: "source", columns: "source", split: "all" } as const;
    const bytes = await exportedFile(service, pruningId, query);
    expect(bytes.toString()).toBe(linesOf(samples.map(({ label }) => label)));
  },
);

it("a derived dataset of Label Studio's tasks has a column for its labels", async () => {
  const tasks = Array.from({ length: 40 }, (_, id) => ({
    id,
    data: { text: `text ${id}` },
    annotations: [{ result: [{ from_name: "c", value: { choices: [id % 2 ? "a" : "b"] } }] }],
  }));
  const parent = await pruneFile(service, JSON.stringify(tasks), { type: "json" });
  const { pruningId, samples } = await noisyOf(parent.datasetId);
  const query = { format: "source", columns: "source", split: "all" } as const;
  const noisy = JSON.parse((await exportedFile(service, pruningId, query)).toString());
  expect(noisy).toEqual(tasks.map((task, i) => ({ ...task, label: samples[i]!.label })));
  const plain = await exportedFile(service, parent.pruningId, query);
  expect(JSON.parse(plain.toString())).toEqual(tasks);
});

it("a derived dataset with noise has the file's columns and the new labels", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => [`t${i}`, i % 2 ? "a" : " b ", `c${i}`]);
  const file = csv([["text", "label", "c"], ...rows]);
  const parent = await pruneFile(service, file, { type: "csv" });
  const { pruningId, samples } = await noisyOf(parent.datasetId);
  const changed = samples.filter(({ label, trueLabel }) => label !== trueLabel);
  expect(changed.length).toBe(20);
  const query = { format: "source", columns: "source", split: "all" } as const;
  const whole = await readWhole(await exportedFile(service, pruningId, query), {
    format: { type: "csv" },
  });
  const names = whole.classes.map(({ name }) => name);
  expect(whole.samples.map(({ classIndex, cells }) => [names[classIndex], cells?.[2]])).toEqual(
    samples.map(({ label, ordinal }) => [label, `c${ordinal}`]),
  );
});
