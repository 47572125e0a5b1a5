import fc from "fast-check";
import { expect, it } from "vitest";
import { CopyRowWriter } from "./copy-row-writer.js";
import { locateRow } from "./locate-row.js";

/** The fields of the only row that `write` writes. */
function fieldsOf(columns: number, write: (row: CopyRowWriter) => void): (string | null)[] {
  const writer = new CopyRowWriter(columns);
  write(writer.row());
  const bytes = writer.take();
  const offsets = new Int32Array(columns);
  const lengths = new Int32Array(columns);
  expect(locateRow(bytes, 0, offsets, lengths)).toBe(bytes.length);
  return Array.from(offsets, (at, i) =>
    lengths[i] === -1 ? null : bytes.toString("utf8", at, at + lengths[i]!),
  );
}

/** Short and long, of every plane, with half pairs and what JSON escapes. */
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('"', "\\", "\n", "\0", "a", "é", "汉", "\ud83d", "\udf3e") }),
  fc.string({ unit: "grapheme", minLength: 20, maxLength: 3_000 }),
);

it("writes texts as Node encodes them", () => {
  fc.assert(
    fc.property(fc.array(fc.option(anyText), { minLength: 1, maxLength: 6 }), (texts) => {
      const seen = fieldsOf(texts.length, (row) => {
        for (const text of texts) row.text(text);
      });
      expect(seen).toEqual(texts.map((text) => (text === null ? null : String(Buffer.from(text)))));
    }),
  );
});

it("writes arrays of JSON as JSON.stringify does", () => {
  fc.assert(
    fc.property(fc.array(fc.option(anyText), { maxLength: 8 }), (texts) => {
      expect(fieldsOf(1, (row) => row.jsonTexts(texts))).toEqual([JSON.stringify(texts)]);
    }),
  );
});

it("keeps what was written when its buffer grows", () => {
  const long = "汉".repeat(400_000);
  const seen = fieldsOf(3, (row) => row.text("before").text(long).text("after"));
  expect(seen).toEqual(["before", long, "after"]);
});
