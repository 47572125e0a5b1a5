import { readFileSync } from "node:fs";
import { type DatasetFormat, type IngestOptions, previewCorpus, readWhole } from "@winnow/corpus";
import { expect, it } from "vitest";

/** Written by `datasets` itself, see class-labels.py beside it. */
const FILE = readFileSync(new URL("hugging-face/class-labels.parquet", import.meta.url));

async function read(format: Partial<DatasetFormat>, labels: IngestOptions["labels"] = {}) {
  const whole = await readWhole(new Uint8Array(FILE), {
    format: { type: "parquet", ...format },
    labels,
  });
  const name = (index: number) => whole.classes[index]?.name ?? null;
  return {
    classes: whole.classes.map((one) => one.name),
    labels: whole.samples.map(({ classIndex }) => name(classIndex)),
    gold: whole.samples.map(({ trueClassIndex: c }) => (c === null ? null : name(c))),
    all: whole.samples.map(({ allClassIndexes }) => allClassIndexes?.map(name)),
    rejects: whole.rejects.map(({ line, reason }) => [line, reason]),
  };
}

it("indexes of a ClassLabel are its names, in whatever order they stand", async () => {
  const { classes, labels, gold, rejects } = await read({ trueLabelColumn: "gold" });
  expect(classes).toEqual(["5", "4", "3", "2", "1"]);
  expect(labels).toEqual(["5", "4", "3", "2", "1"]);
  expect(gold).toEqual(["5", "4", "3", "2", "2"]);
  expect(rejects).toEqual([[6, "empty-label"]]);
});

it("so are those inside a struct, and those of a list", async () => {
  const inside = await read({ labelColumn: "meta.label" });
  expect(inside.labels).toEqual(["1", "0", "1", "0", "1", "0"]);
  const lists = await read({ labelColumn: "tags" }, { policy: "all" });
  expect(lists.all).toEqual([["5", "4"], ["1"], ["3", "2"], ["4"], ["5"]]);
  expect(lists.rejects).toEqual([[3, "empty-label"]]);
});

it("given names in another order change the order of classes alone", async () => {
  const names = ["1", "2", "3", "4", "5"];
  const { classes, labels } = await read({ labelNames: names });
  expect(classes).toEqual(names);
  expect(labels).toEqual(["5", "4", "3", "2", "1"]);
});

it("a preview shows the names", async () => {
  const preview = await previewCorpus(
    async function* () {
      yield FILE;
    },
    { format: { type: "parquet" } },
  );
  const names = new Map(preview.classes.map(({ index, name }) => [index, name]));
  expect(preview.samples.map(({ classIndex }) => names.get(classIndex))).toEqual([..."54321"]);
  expect(preview.warnings.map(({ code }) => code)).not.toContain("ambiguous-label-names");
});
