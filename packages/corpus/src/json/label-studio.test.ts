import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import { readWhole } from "../reading/read-whole.js";

async function read(tasks: unknown, format: Partial<DatasetFormat> = {}, policy?: "all") {
  const whole = await readWhole(JSON.stringify(tasks, null, 1), {
    format: { type: "json", ...format },
    labels: policy ? { policy } : {},
  });
  const nameOf = (index: number) => whole.classes[index]?.name;
  return {
    rows: whole.samples.map((row) => [row.externalId, row.text, nameOf(row.classIndex)]),
    all: whole.samples.map((row) => row.allClassIndexes?.map(nameOf) ?? null),
    rejects: whole.rejects.map(({ reason }) => reason),
  };
}

const choices = (names: string[], control = "sentiment") => ({
  id: "k3",
  from_name: control,
  to_name: "text",
  type: "choices",
  value: { choices: names },
});

const annotated = (id: number, text: string, ...annotations: object[]) => ({
  id,
  data: { text, source: "web" },
  annotations,
  predictions: [],
});

describe("Label Studio's JSON", () => {
  it("has the task's id, its text, and what its annotations chose", async () => {
    const found = await read([
      annotated(7, "one", { id: 1, result: [choices(["pos"])] }),
      annotated(8, "two", { id: 2, result: [choices(["neg", "rude"])] }),
      annotated(9, "none"),
      annotated(10, "empty", { id: 3, result: [] }),
      annotated(11, "cancelled", { id: 4, was_cancelled: true, result: [choices(["pos"])] }),
      annotated(
        12,
        "twice",
        { id: 5, was_cancelled: true, result: [choices(["pos"])] },
        { id: 6, result: [choices(["neg"])] },
      ),
    ]);
    expect(found.rows).toEqual([
      ["7", "one", "pos"],
      ["8", "two", "neg"],
      ["12", "twice", "neg"],
    ]);
    expect(found.rejects).toEqual(["empty-label", "empty-label", "empty-label"]);
  });

  it("with several choices gives several labels, those with most votes first; a ground truth alone", async () => {
    const a = (...names: string[]) => ({ result: [choices(names)] });
    const found = await read(
      [
        annotated(1, "one", a("pos", "short")),
        annotated(2, "two", a("neg"), a("pos"), a("pos")),
        annotated(3, "three", a("pos"), { ...a("neg"), ground_truth: true }),
      ],
      {},
      "all",
    );
    expect(found.all).toEqual([["pos", "short"], ["pos", "neg"], ["neg"]]);
  });

  it("reads other data columns, taxonomies, ratings and the old completions", async () => {
    const taxonomy = {
      from_name: "t",
      type: "taxonomy",
      value: { taxonomy: [["news", "sport"], ["art"]] },
    };
    const rating = (value: number) => ({
      from_name: "r",
      type: "rating",
      value: { rating: value },
    });
    const tasks = [
      { id: 1, data: { review: "one" }, completions: [{ result: [taxonomy] }] },
      {
        id: 2,
        data: { review: "two" },
        completions: [{ result: [{ ...taxonomy, value: { taxonomy: [["art"]] } }] }],
      },
    ];
    const wanted = [
      ["1", "one", "news/sport"],
      ["2", "two", "art"],
    ];
    expect((await read(tasks, { textColumn: "review" })).rows).toEqual(wanted);
    expect((await read(tasks, { textColumn: "data.review" })).rows).toEqual(wanted);
    const rated = [
      annotated(1, "one", { result: [rating(4)] }),
      annotated(2, "two", { result: [rating(1)] }),
    ];
    expect((await read(rated)).rows).toEqual([
      ["1", "one", "4"],
      ["2", "two", "1"],
    ]);
  });

  it("with several controls asks for one", async () => {
    const both = (s: string, t: string) => ({ result: [choices([s]), choices([t], "topic")] });
    const tasks = [
      annotated(1, "one", both("pos", "art")),
      annotated(2, "two", both("neg", "sport")),
    ];
    await expect(read(tasks)).rejects.toMatchObject({
      code: "bad-format",
      message: expect.stringContaining('"sentiment", "topic"'),
    });
    expect((await read(tasks, { labelColumn: "topic" })).rows.map(([, , label]) => label)).toEqual([
      "art",
      "sport",
    ]);
    expect(
      (await read(tasks, { labelColumn: "sentiment" })).rows.map(([, , label]) => label),
    ).toEqual(["pos", "neg"]);
    await expect(read(tasks, { labelColumn: "tone" })).rejects.toMatchObject({
      code: "no-rows-kept",
    });
    const source = [
      { ...tasks[0], data: { text: "one", source: "web" } },
      { ...tasks[1], data: { text: "two", source: "app" } },
    ];
    expect((await read(source, { labelColumn: "data.source" })).rows).toEqual([
      ["1", "one", "web"],
      ["2", "two", "app"],
    ]);
  });

  it("JSON-MIN is flat", async () => {
    const min = (id: number, text: string, sentiment: unknown) => ({
      text,
      id,
      sentiment,
      annotator: 1,
      annotation_id: id,
      created_at: "2024-01-01",
      updated_at: "2024-01-01",
      lead_time: 1.5,
    });
    const tasks = [
      min(1, "one", "pos"),
      min(2, "two", { choices: ["neg", "rude"] }),
      min(3, "three", "neg"),
    ];
    const found = await read(tasks, {}, "all");
    expect(found.rows).toEqual([
      ["1", "one", "pos"],
      ["2", "two", "neg"],
      ["3", "three", "neg"],
    ]);
    expect(found.all[1]).toEqual(["neg", "rude"]);
    expect((await read(tasks, { labelColumn: "sentiment" })).rows).toHaveLength(3);
  });
});
