import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { xlsxFile } from "../../../../test/support/xlsx.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { LabelPolicy } from "../options/label-policy.js";
import { readWhole } from "../reading/read-whole.js";
import type { Vote } from "../rows/samples.js";

type Given = Parameters<typeof readWhole>[0];

async function read(file: Given, format: Partial<DatasetFormat>, labels: LabelPolicy = {}) {
  const type = format.type ?? "csv";
  const whole = await readWhole(file, {
    format: { type, annotatorColumns: ["ann", "bob", "cem"], ...format },
    labels,
  });
  const name = (index: number) => whole.classes[index]?.name ?? null;
  return {
    rows: whole.samples.map(({ text, classIndex, votes }) => [
      text,
      name(classIndex),
      votesOf(votes, format.annotatorColumns?.length ?? 3, name),
    ]),
    classes: whole.classes.map((one) => one.name),
    rejects: whole.rejects.map(({ line, reason, detail }) => `${line} ${reason}: ${detail}`),
    cells: whole.samples.map(({ cells }) => cells),
  };
}

/** By annotator; null: no vote. */
function votesOf(
  votes: readonly Vote[] | undefined,
  annotators: number,
  name: (index: number) => string | null,
) {
  const table = new Array<string | null>(annotators).fill(null);
  for (const { annotator, classIndex } of votes ?? []) table[annotator] = name(classIndex);
  return table;
}

const ROWS = [
  ["one", "a", "b", "b"],
  ["two", "a", "", "c"],
  ["three", "", "b", ""],
  ["four", "", " ", ""],
] as const;
const EXPECTED = [
  ["one", "b", ["a", "b", "b"]],
  ["two", "a", ["a", null, "c"]],
  ["three", "b", [null, "b", null]],
];

describe("the votes of several annotators", () => {
  it("come out of csv, with the class that has most votes; a row without any is left out", async () => {
    const lines = [["text", "ann", "bob", "cem"], ...ROWS].map((row) => row.join(","));
    const found = await read(`${lines.join("\n")}\n`, {});
    expect(found.rows).toEqual(EXPECTED);
    expect(found.classes).toEqual(["b", "a", "c"]);
    expect(found.rejects).toEqual(["5 empty-label: no annotator labelled it"]);
    // The columns stay as they are, beside the votes.
    expect(found.cells[0]).toEqual([null, "a", "b", "b"]);
  });

  it("come out of jsonl, json and parquet, whose absent and null values are no votes", async () => {
    const objects = ROWS.map(([text, ann, bob, cem]) => ({
      text,
      ...(ann && { ann }),
      bob: bob.trim() || null,
      cem: cem || null,
    }));
    const jsonl = objects.map((object) => JSON.stringify(object)).join("\n");
    for (const [type, file] of [
      ["jsonl", jsonl],
      ["json", JSON.stringify(objects)],
    ] as const) {
      const found = await read(file, { type });
      expect(found.rows).toEqual(EXPECTED);
      expect(found.rejects).toHaveLength(1);
    }
    const column = (name: "ann" | "bob" | "cem") => ({
      name,
      data: objects.map((object) => object[name] ?? null),
      type: "STRING" as const,
    });
    const parquet = parquetWriteBuffer({
      columnData: [
        { name: "text", data: objects.map(({ text }) => text), type: "STRING" },
        column("ann"),
        column("bob"),
        column("cem"),
      ],
    });
    const found = await read(Buffer.from(parquet), { type: "parquet" });
    expect(found.rows).toEqual(EXPECTED);
  });

  it("come out of a workbook, and of a table without a header", async () => {
    const rows = [["text", "ann", "bob", "cem"], ...ROWS].map((row) => [...row]);
    const found = await read(xlsxFile([{ name: "votes", rows }]), { type: "xlsx" });
    expect(found.rows).toEqual(EXPECTED);
    const lines = ROWS.map((row) => row.join("\t")).join("\n");
    const byIndex = { header: false, textColumn: 0, annotatorColumns: [1, "2", 3] };
    expect((await read(lines, { type: "tsv", ...byIndex })).rows).toEqual(EXPECTED);
  });

  it("are classes by the label policy: names, aliases, lists", async () => {
    const csv = "text,ann,bob,cem\nx,A,a,0\ny,1,none,b\n";
    const names = { labelNames: ["a", "b"] };
    const aliases = [
      { from: "A", to: "a" },
      { from: "none", to: "" },
    ];
    expect((await read(csv, names, { aliases })).rows).toEqual([
      ["x", "a", ["a", "a", "a"]],
      ["y", "b", ["b", null, "b"]],
    ]);
  });

  it("reject a row in which somebody names an unknown class, and say who", async () => {
    const csv = "text,ann,bob,cem\nx,a,a,b\ny,a,dog,b\nz,b,b,b\n";
    const found = await read(csv, { labelNames: ["a", "b"] });
    expect(found.rows).toHaveLength(2);
    expect(found.rejects).toEqual([
      '3 unknown-label: annotator "bob": "dog" is not one of labelNames',
    ]);
  });

  it("refuse columns that are none, one, the same, or the text's", async () => {
    const csv = "text,ann,bob,cem\nx,a,a,b\ny,a,a,b\n";
    const refused = (annotatorColumns: (string | number)[], more: Partial<DatasetFormat> = {}) =>
      expect(read(csv, { annotatorColumns, ...more })).rejects;
    await refused(["ann", "dan"]).toMatchObject({ code: "column-not-found" });
    await refused(["ann"]).toThrow(/at least two columns/);
    await refused(["ann", "ann"]).toThrow(/"ann" twice/);
    await refused(["ann", 1]).toThrow(/column 1 is another annotator's too/);
    await refused(["ann", "text"]).toThrow(/column "text" is the text's/);
    await refused(["ann", "bob"], { labelColumn: "cem" }).toThrow(/leave out labelColumn/);
    await refused(["ann", "bob"], { type: "fasttext" }).toThrow(/fasttext has no columns/);
    const late = ['{"text":"x","ann":"a"}', '{"text":"y","ann":"b"}'].join("\n");
    await expect(read(late, { type: "jsonl" })).rejects.toMatchObject({
      code: "column-not-found",
    });
  });
});
