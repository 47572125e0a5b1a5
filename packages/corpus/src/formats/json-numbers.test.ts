import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import { readWhole } from "../reading/read-whole.js";

async function read(lines: readonly string[], format: Partial<DatasetFormat> = {}) {
  const whole = await readWhole(lines.join("\n"), {
    format: { type: "jsonl", idColumn: "id", ...format },
    columns: "none",
  });
  return {
    ids: whole.samples.map(({ externalId }) => externalId),
    labels: whole.samples.map(({ classIndex }) => whole.classes[classIndex]?.name),
    rejects: whole.rejects.map(({ line, reason, detail }) => `${line} ${reason}: ${detail}`),
  };
}

const WRITTEN = [
  ...["6552368441838272771", "6552368441838272772", "6552368441838272773", "9007199254740993"],
  ...[
    "-9223372036854775808",
    "1e400",
    "1E2",
    "1.10",
    "1.0",
    "0.0000001",
    "-0",
    "123456789.12345678901",
  ],
  ...["0", "-7", "42", "2.5"],
];

describe("numbers in jsonl", () => {
  it("keep their digits as ids and labels, large and small ones alike", async () => {
    const rows = WRITTEN.map((number) => `{"id":${number},"text":"t","label":${number}}`);
    expect(await read(rows)).toEqual({ ids: WRITTEN, labels: WRITTEN, rejects: [] });
  });

  it("keep their digits at dotted paths, in lists, in list positions and after repeated keys", async () => {
    const rows = WRITTEN.map(
      (number, i) =>
        `{"text" : "x ] } , : 1.50 \\" ${i}", "n": {"label": [ ${number} , "b"], "id" : 7, "id": {"of":[1,[${number}] ]}}, "a":1.0e3}`,
    );
    expect(await read(rows, { labelColumn: "n.label", idColumn: "n.id.of.0" })).toMatchObject({
      labels: WRITTEN,
      ids: WRITTEN.map(() => "1"),
    });
    const at = await read(rows, { labelColumn: "n.label.0", idColumn: "n.id.of.1.0" });
    expect(at).toEqual({ labels: WRITTEN, ids: WRITTEN, rejects: [] });
  });

  it("are indexes where there are class names, however they are written", async () => {
    const rows = ["0", "1.0", "1e0", "-0", "18446744073709551616", "-1.0"].map(
      (number) => `{"id":1,"text":"t","label":${number}}`,
    );
    const { labels, rejects } = await read(rows, { labelNames: ["1.0", "b"] });
    expect(labels).toEqual(["1.0", "b", "b", "1.0"]);
    expect(rejects).toEqual([
      "5 unknown-label: 18446744073709551616 is no index of the 2 class names (0 to 1)",
      "6 empty-label: the index -1 stands for no label",
    ]);
  });

  it("are no texts, in whatever digits", async () => {
    const { rejects } = await read([
      '{"id":1,"text":1.0,"label":"a"}',
      '{"id":2,"text":"t","label":"a"}',
      '{"id":3,"text":"t","label":"b"}',
    ]);
    expect(rejects).toEqual(['1 wrong-type: "text" is a number, not text']);
  });

  it("keep their digits whatever stands around them", async () => {
    const member = fc.tuple(fc.string(), fc.jsonValue());
    const number = fc.oneof(
      fc.bigInt().map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n.toExponential()),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(member),
        fc.array(member),
        number,
        async (before, after, written) => {
          const json = (members: readonly [string, unknown][]) =>
            members
              .filter(([key]) => !["id", "text", "label"].includes(key))
              .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)},`)
              .join("");
          const row = `{${json(before)}"id":${written},${json(after)}"text":"t","label":"a"}`;
          const { ids } = await read([row, '{"text":"t","label":"b"}']);
          expect(ids).toEqual([written, null]);
        },
      ),
    );
  });
});
