import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import { readWhole } from "./read-whole.js";

const FORMAT = { type: "csv", idColumn: "id", annotatorColumn: "who" } satisfies DatasetFormat;

async function read(file: string, format: Partial<DatasetFormat> = {}, labels = {}) {
  const whole = await readWhole(file, { format: { ...FORMAT, ...format }, labels });
  const name = (index: number) => whole.classes[index]!.name;
  const people = whole.profile.annotators!.annotators.map((one) => one.name);
  return {
    ...whole,
    rows: whole.samples.map((row) => [
      row.externalId,
      row.text,
      name(row.classIndex),
      Object.fromEntries(
        (row.votes ?? []).map((vote) => [people[vote.annotator], name(vote.classIndex)]),
      ),
    ]),
    faults: whole.rejects.map(({ line, reason, detail }) => `${line} ${reason}: ${detail}`),
  };
}

describe("a file with a row for each label of an annotator", () => {
  it("has a sample for each id, wherever its rows are, with the first text there is", async () => {
    const csv = [
      "who,id,text,label",
      "ann,1,,a",
      "ann,2,second,b",
      "bob,1,first,b",
      "bob,3,third,a",
      "cem,1,other words,b",
      "cem,2,,",
    ].join("\n");
    const { rows, faults, profile, columns } = await read(csv);
    expect(rows).toEqual([
      ["2", "second", "b", { ann: "b" }],
      ["1", "first", "b", { ann: "a", bob: "b", cem: "b" }],
      ["3", "third", "a", { bob: "a" }],
    ]);
    expect(faults).toEqual([]);
    expect(profile).toMatchObject({ rowsRead: 3, kept: 3 });
    expect(profile.annotators).toMatchObject({ votes: 5, severalVotes: 1, disagreeing: 1 });
    // Of whom would it be?
    expect(columns.map(({ name, role }) => [name, role])).toEqual([
      ["id", "id"],
      ["text", "text"],
      ["label", "label"],
    ]);
  });

  it("comes out of jsonl as well, numbers as ids and people included", async () => {
    const objects = [
      { id: 7, who: 1, text: "seven", label: 0 },
      { id: 8, who: 1, text: "eight", label: 0 },
      { id: 7, who: 2, text: "seven", label: 1 },
      { id: 7, who: 3, text: "seven", label: 1 },
    ];
    const { rows } = await read(objects.map((one) => JSON.stringify(one)).join("\n"), {
      type: "jsonl",
      labelNames: ["no", "yes"],
    });
    expect(rows).toEqual([
      ["7", "seven", "yes", { 1: "no", 2: "yes", 3: "yes" }],
      ["8", "eight", "no", { 1: "no" }],
    ]);
  });

  it("counts an annotator's first label of an id; another one is named, the same one is not", async () => {
    const csv = [
      "id,text,who,label",
      "1,one,ann,a",
      "1,one,ann,a",
      "1,one,bob,a",
      "1,one,ann,b",
      "2,two,bob,b",
    ].join("\n");
    const { rows, faults } = await read(csv);
    expect(rows).toEqual([
      ["1", "one", "a", { ann: "a", bob: "a" }],
      ["2", "two", "b", { bob: "b" }],
    ]);
    expect(faults).toEqual(['5 second-label: the same annotator gave the id "a" before, now "b"']);
  });

  it("leaves out rows without id or annotator, ids without label or text, unknown classes", async () => {
    const csv = [
      "id,text,who,label",
      ",no id,ann,a",
      "1,one,,a",
      "2,two,ann,",
      "3,,ann,a",
      "4,four,ann,a",
      "4,four,bob,x",
      "5,five,ann,b",
      "6,six,ann,a",
    ].join("\n");
    const { rows, faults } = await read(csv, { labelNames: ["a", "b"] });
    expect(rows.map(([id]) => id)).toEqual(["5", "6"]);
    expect(faults).toEqual([
      "2 missing-field: the row has no id",
      "3 missing-field: the row has no annotator",
      "4 empty-label: no annotator labelled it",
      "5 empty-text: the text is empty",
      '6 unknown-label: annotator "bob": "x" is not one of labelNames',
    ]);
  });

  it("keeps no vote for a class that is too small, and says who never met whom", async () => {
    const csv = [
      "id,text,who,label",
      ...Array.from({ length: 6 }, (_, i) => `${i},text ${i},ann,${"ab"[i % 2]}`),
      "6,text 6,ann,rare",
      "0,text 0,bob,rare",
    ].join("\n");
    const small = await read(csv, {}, { minPerClass: 2 });
    expect(small.classes.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(small.rows[0]).toEqual(["0", "text 0", "a", { ann: "a" }]);
    expect(small.profile.warnings.map(({ code }) => code)).toContain("one-annotator");
  });

  it("is refused without ids, beside columns of annotators, or with the label's column", async () => {
    const csv = "id,text,who,label\n1,a,x,a\n2,b,y,b\n";
    await expect(read(csv, { idColumn: undefined })).rejects.toThrow(/needs an idColumn/);
    await expect(read(csv, { annotatorColumns: ["who", "label"] })).rejects.toThrow(/give one/);
    await expect(read(csv, { annotatorColumn: "label" })).rejects.toThrow(/is the label's column/);
    await expect(read(csv, { annotatorColumn: 3 })).rejects.toThrow(/column 3 is the label's/);
    await expect(read(csv, { annotatorColumn: "worker" })).rejects.toMatchObject({
      code: "column-not-found",
    });
    const many = Array.from({ length: 10_001 }, (_, i) => `${i},text ${i},w${i},${"ab"[i % 2]}`);
    await expect(read(["id,text,who,label", ...many].join("\n"))).rejects.toThrow(
      /more than 10000 annotators/,
    );
  });
});
