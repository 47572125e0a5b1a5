import { describe, expect, it } from "vitest";
import { readWhole } from "./read-whole.js";

async function recordsOf(file: string, format: Parameters<typeof readWhole>[1]["format"]) {
  const { samples } = await readWhole(file, { format, numberRecords: true });
  return samples.map(({ text, record }) => [text, record]);
}

describe("numbers of records", () => {
  it("count rejected records, but not the header, empty lines or the lines inside a record", async () => {
    const csv = 'text,label\n"one\nmore",a\n\n,a\ntwo,\nthree,b\n';
    expect(await recordsOf(csv, { type: "csv", textColumn: "text", labelColumn: "label" })).toEqual(
      [
        ["one\nmore", 1],
        ["three", 4],
      ],
    );
  });

  it("count the elements of a JSON array that stands on one line", async () => {
    const json = '[{"t":"one","l":"a"},{"t":"","l":"a"},5,{"t":"two","l":"b"}]';
    const format = { type: "json", textColumn: "t", labelColumn: "l" } as const;
    expect(await recordsOf(json, format)).toEqual([
      ["one", 1],
      ["two", 4],
    ]);
  });

  it("stand in samples only where they are asked for", async () => {
    const { samples } = await readWhole("a\tx\nb\ty\n", {
      format: { type: "tsv", header: false, textColumn: 0, labelColumn: 1 },
    });
    expect(samples[0]).not.toHaveProperty("record");
  });
});
