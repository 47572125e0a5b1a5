import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { IngestOptions } from "../options/ingest-options.js";
import { readWhole, type WholeCorpus } from "../reading/read-whole.js";

const STARS = ["1", "2", "3", "4", "5"];
const TEXTS = [..."abcdefgh"];

const classLabel = (names: readonly string[]) => ({ names, _type: "ClassLabel" });

interface Column {
  name: string;
  data: unknown[];
  type?: "BOOLEAN" | "DOUBLE" | "INT32" | "INT64" | "STRING";
}

/** A parquet file with a text column, and the features that `datasets` would store. */
function parquet(columns: readonly Column[], features: object = {}): Uint8Array {
  const info = { info: { features: { text: { dtype: "string", _type: "Value" }, ...features } } };
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: "text", data: TEXTS.slice(0, columns[0]!.data.length) },
        ...columns.map((column) => ({ nullable: true, ...column })),
      ],
      kvMetadata: [{ key: "huggingface", value: JSON.stringify(info) }],
    }),
  );
}

function read(file: Uint8Array | string, format: DatasetFormat, labels?: IngestOptions["labels"]) {
  return readWhole(file, { format, labels });
}

const jsonl = (labels: readonly unknown[], labelNames: readonly string[], more: object = {}) =>
  read(labels.map((label, i) => JSON.stringify({ text: TEXTS[i], label, ...more })).join("\n"), {
    type: "jsonl",
    labelNames,
  });

const labelsOf = ({ samples, classes }: WholeCorpus) =>
  samples.map(({ classIndex }) => classes[classIndex]?.name);
const trueLabelsOf = ({ samples, classes }: WholeCorpus) =>
  samples.map(({ trueClassIndex: c }) => (c === null ? null : classes[c]?.name));
const allLabelsOf = ({ samples, classes }: WholeCorpus) =>
  samples.map(({ allClassIndexes }) => allClassIndexes?.map((c) => classes[c]?.name));
const rejectsOf = ({ rejects }: WholeCorpus) =>
  rejects.map(({ line, reason, detail }) => [line, reason, detail]);
const warningsOf = ({ profile }: WholeCorpus) => profile.warnings.map(({ code }) => code);

describe("numbers of a typed column are indexes", () => {
  const orders = [
    STARS,
    [...STARS].reverse(),
    ["3", "1", "5", "2", "4"],
    ["0", "10", "4", "1", "2"],
  ];

  it.each(orders)("of the ClassLabel names %s %s %s %s %s", async (...names) => {
    for (const data of [
      [0, 1, 2, 3, 4],
      [0n, 1n, 2n, 3n, 4n],
      [0.0, 1.0, 2.0, 3.0, 4.0],
    ]) {
      const type = typeof data[0] === "bigint" ? "INT64" : "DOUBLE";
      const file = parquet([{ name: "label", data, type }], { label: classLabel(names) });
      const whole = await read(file, { type: "parquet" });
      expect(labelsOf(whole)).toEqual(names);
      expect(whole.classes.map(({ name }) => name)).toEqual(names);
      expect(warningsOf(whole)).not.toContain("ambiguous-label-names");
    }
  });

  it.each(orders)("of the given labelNames %s %s %s %s %s", async (...names) => {
    const file = parquet([{ name: "label", data: [0, 1, 2, 3, 4], type: "INT32" }]);
    expect(labelsOf(await read(file, { type: "parquet", labelNames: names }))).toEqual(names);
    const whole = await jsonl([0, 1, 2, 3, 4], names);
    expect(labelsOf(whole)).toEqual(names);
    expect(warningsOf(whole)).toContain("ambiguous-label-names");
  });

  it("are not mixed up with the same digits as a text, in whichever order they come", async () => {
    expect(labelsOf(await jsonl([1, "1", 1, "1", 0, "5"], STARS))).toEqual([..."212115"]);
    expect(labelsOf(await jsonl(["1", 1, "4", 4], STARS))).toEqual([..."1245"]);
  });

  it("beyond the names are rejects that say the range; -1 is no label", async () => {
    const whole = await jsonl([0, 5, -1, -2, 1.5, 1, 2, 3], STARS);
    expect(labelsOf(whole)).toEqual(["1", "2", "3", "4"]);
    expect(rejectsOf(whole)).toEqual([
      [2, "unknown-label", "5 is no index of the 5 class names (0 to 4)"],
      [3, "empty-label", "the index -1 stands for no label"],
      [4, "unknown-label", "-2 is no index of the 5 class names (0 to 4)"],
      [5, "unknown-label", "1.5 is no index of the 5 class names (0 to 4)"],
    ]);
  });

  it("without names stay the numbers they are, -1 too", async () => {
    const file = parquet([{ name: "label", data: [-1n, 0n, 1n, 6552368441838272771n] }]);
    expect(labelsOf(await read(file, { type: "parquet" }))).toEqual([
      "-1",
      "0",
      "1",
      "6552368441838272771",
    ]);
  });

  it("in lists are indexes as well, in each kind of list that datasets has had", async () => {
    const data = [[0, 1], [2], [], null, [4, 3]];
    const item = classLabel(STARS);
    for (const feature of [
      { feature: item, length: -1, _type: "Sequence" },
      { feature: item, _type: "List" },
      { feature: item, _type: "LargeList" },
      [item],
    ]) {
      const lines = data.map((label, i) => JSON.stringify({ text: TEXTS[i], label }));
      const given = await read(
        lines.join("\n"),
        { type: "jsonl", labelNames: STARS },
        { policy: "all" },
      );
      const file = listFile(data, { label: feature });
      const stored = await read(file, { type: "parquet" }, { policy: "all" });
      for (const whole of [given, stored]) {
        expect(allLabelsOf(whole)).toEqual([["1", "2"], ["3"], ["5", "4"]]);
        expect(rejectsOf(whole)).toEqual([
          [3, "empty-label", "no label"],
          [4, "empty-label", "no label"],
        ]);
      }
      expect(labelsOf(await read(file, { type: "parquet" }))).toEqual(["1", "3", "5"]);
    }
  });

  it("of a list that are unknown reject the row under the policy that keeps all labels", async () => {
    const lines = [[0, 9], [9, 0], [0, -1], [1], [1]].map((label, i) =>
      JSON.stringify({ text: TEXTS[i], label }),
    );
    const format = { type: "jsonl", labelNames: ["no", "yes"] } as const;
    const all = await read(lines.join("\n"), format, { policy: "all" });
    expect(allLabelsOf(all)).toEqual([["no"], ["yes"], ["yes"]]);
    expect(all.rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [1, "unknown-label"],
      [2, "unknown-label"],
    ]);
    const first = await read(lines.join("\n"), format);
    expect(labelsOf(first)).toEqual(["no", "no", "yes", "yes"]);
    expect(first.rejects).toMatchObject([{ line: 2, reason: "unknown-label" }]);
  });

  it("booleans are the names true and false, else the second and the first of two classes", async () => {
    const file = parquet([{ name: "label", data: [true, false, null, true], type: "BOOLEAN" }]);
    const by = async (labelNames?: readonly string[]) =>
      labelsOf(await read(file, { type: "parquet", labelNames }));
    expect(await by()).toEqual(["true", "false", "true"]);
    expect(await by(["ham", "spam"])).toEqual(["spam", "ham", "spam"]);
    expect(await by(["True", "False"])).toEqual(["True", "False", "True"]);
    await expect(by(["a", "b", "c"])).rejects.toMatchObject({ code: "label-names-mismatch" });
  });
});

describe("texts are names first, then indexes", () => {
  const csv = (cells: readonly string[], labelNames: readonly string[]) =>
    read(`text,label\n${cells.map((cell, i) => `${TEXTS[i]},${cell}`).join("\n")}`, {
      type: "csv",
      labelNames,
    });

  it("and a warning says when digits could be either", async () => {
    const whole = await csv(["1", "2", "5", "0"], STARS);
    expect(labelsOf(whole)).toEqual(["1", "2", "5", "1"]);
    expect(whole.profile.warnings).toContainEqual({
      code: "ambiguous-label-names",
      message: expect.stringContaining('Labels such as "1" are a name of labelNames and also'),
    });
    const plain = await csv(["0", "1", "2"], ["0", "1", "2"]);
    expect(labelsOf(plain)).toEqual(["0", "1", "2"]);
    expect(warningsOf(plain)).not.toContain("ambiguous-label-names");
  });

  it("3.0 is the index that a table library made a float; -1 is no label", async () => {
    const whole = await csv(["1.0", "0.0", "-1", "-1.0", "1", "1.5"], ["no", "yes"]);
    expect(labelsOf(whole)).toEqual(["yes", "no", "yes"]);
    expect(whole.rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [4, "empty-label"],
      [5, "empty-label"],
      [7, "unknown-label"],
    ]);
    expect(labelsOf(await csv(["-1", "1", "0"], ["-1", "0", "1"]))).toEqual(["-1", "1", "0"]);
  });
});

describe("the class names that a file stores", () => {
  const column = (name: string, data: unknown[]): Column => ({ name, data, type: "INT64" });

  it("of the true label are its own: the same class has another number there", async () => {
    const file = parquet([column("label", [0n, 1n, 2n, 0n]), column("gold", [2n, 1n, 0n, -1n])], {
      label: classLabel(["a", "b", "c"]),
      gold: classLabel(["c", "b", "a"]),
    });
    const whole = await read(file, { type: "parquet", trueLabelColumn: "gold" });
    expect(labelsOf(whole)).toEqual(["a", "b", "c", "a"]);
    expect(trueLabelsOf(whole)).toEqual(["a", "b", "c", null]);
    expect(whole.classes.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  it("of one column are lent to numbers of the other, not to its texts", async () => {
    const columns = [column("label", [0n, 1n, 1n]), column("gold", [1n, 1n, 0n])];
    const format = { type: "parquet", trueLabelColumn: "gold" } as const;
    for (const owner of ["label", "gold"]) {
      const whole = await read(parquet(columns, { [owner]: classLabel(["2", "1"]) }), format);
      expect(labelsOf(whole)).toEqual(["2", "1", "1"]);
      expect(trueLabelsOf(whole)).toEqual(["1", "1", "2"]);
    }
    const texts = parquet(
      [{ name: "label", data: ["0", "other", "2"], type: "STRING" }, columns[1]!],
      { gold: classLabel(["2", "1"]) },
    );
    const whole = await read(texts, format);
    expect(labelsOf(whole)).toEqual(["0", "other", "2"]);
    expect(trueLabelsOf(whole)).toEqual(["1", "1", "2"]);
  });

  it("say what a number means even if labelNames puts the same names in another order", async () => {
    const file = parquet([column("label", [0n, 1n, 2n])], { label: classLabel(["a", "b", "c"]) });
    const whole = await read(file, { type: "parquet", labelNames: ["c", "b", "a"] });
    expect(labelsOf(whole)).toEqual(["a", "b", "c"]);
    expect(whole.classes.map(({ name }) => name)).toEqual(["c", "b", "a"]);
    const some = await read(file, { type: "parquet", labelNames: ["c", "a"] });
    expect(labelsOf(some)).toEqual(["a", "c"]);
    expect(some.rejects).toMatchObject([{ line: 2, reason: "unknown-label" }]);
  });

  it("are replaced by index if labelNames has other names, and a warning says so", async () => {
    const file = parquet([column("label", [0n, 1n, 2n])], { label: classLabel(["a", "b", "c"]) });
    const whole = await read(file, { type: "parquet", labelNames: ["x", "y", "z"] });
    expect(labelsOf(whole)).toEqual(["x", "y", "z"]);
    expect(whole.profile.warnings).toContainEqual({
      code: "label-names-replaced",
      message: expect.stringContaining('0 is "x", no longer "a"'),
    });
  });

  it("are renamed by aliases and cut into levels, as names in the file would be", async () => {
    const names = ["sport/ball", "sport/ski", "art"];
    const file = parquet([column("label", [0n, 1n, 2n])], { label: classLabel(names) });
    const cut = await read(file, { type: "parquet" }, { level: 1 });
    expect(labelsOf(cut)).toEqual(["sport", "sport", "art"]);
    expect(cut.classes.map(({ name }) => name)).toEqual(["sport", "art"]);
    const aliases = [{ from: "art", to: "arts" }];
    const renamed = await read(file, { type: "parquet" }, { aliases });
    expect(labelsOf(renamed)).toEqual(["sport/ball", "sport/ski", "arts"]);
  });
});

/** Lists of integers, which the library writes from a schema. */
function listFile(data: readonly (readonly number[] | null)[], features: object): Uint8Array {
  return new Uint8Array(
    parquetWriteBuffer({
      schema: [
        { name: "root", num_children: 2 },
        { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
        { name: "label", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", type: "INT32", repetition_type: "OPTIONAL" },
      ],
      columnData: [
        { name: "text", data: TEXTS.slice(0, data.length) },
        { name: "label", data: [...data] },
      ],
      kvMetadata: [{ key: "huggingface", value: JSON.stringify({ info: { features } }) }],
    }),
  );
}
