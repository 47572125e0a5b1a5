import { describe, expect, it } from "vitest";
import { readWhole } from "../reading/read-whole.js";
import { parseJson } from "./parse-json.js";

describe("the floats that Python's json writes", () => {
  it.each([
    [
      '{"a":NaN,"b":[1,NaN],"c":-Infinity,"d":Infinity}',
      { a: null, b: [1, null], c: "-Infinity", d: "Infinity" },
    ],
    ['{"NaN": NaN, "x": "NaN, \\"NaN\\" \\\\"}', { NaN: null, x: 'NaN, "NaN" \\' }],
    ['{"a": "Infinity"}', { a: "Infinity" }],
  ])("of %s are no value, or a text", (text, value) => {
    expect(parseJson(text).value).toEqual(value);
    expect(JSON.parse(parseJson(text).text)).toEqual(value);
  });

  it.each(['{"a":NaNa}', '{"a":nan}', '{"a":"NaN}', "{NaN:1}", "NaN NaN", '{"a":"\\'])(
    "make nothing valid of %s",
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  it("do not make a long broken line slow", () => {
    for (const part of ['\\"', '"', '"NaN', "NaN"]) {
      expect(() => parseJson(`["${part.repeat(500_000)}`)).toThrow(SyntaxError);
    }
  });
});

it("a NaN is no label, no true label and no id; the row is kept where it has a label", async () => {
  const lines = [
    '{"text":"a","label":NaN,"gold":"x","id":1}',
    '{"text":"b","label":"x","gold":NaN,"id":NaN,"score":NaN}',
    '{"text":"c","label":"nan","gold":"y","id":3}',
    '{"text":"d","label":[NaN,"y"],"gold":"y","id":4}',
    '{"text":"e","label":[NaN],"gold":"y","id":5}',
  ];
  const format = { type: "jsonl", idColumn: "id", trueLabelColumn: "gold" } as const;
  const { samples, rejects, classes, columns } = await readWhole(lines.join("\n"), { format });
  const rows = samples.map(({ text, classIndex, trueClassIndex: c, externalId }) => [
    text,
    classes[classIndex]?.name,
    c === null ? null : classes[c]?.name,
    externalId,
  ]);
  // What is stored of the row is JSON.
  expect(columns.map(({ name }) => name)).toEqual(["text", "label", "gold", "id", "score"]);
  expect(samples[0]?.cells).toEqual([null, null, "null", "null", "null"]);
  expect(rows).toEqual([
    ["b", "x", null, null],
    ["c", "nan", "y", "3"],
    ["d", "y", "y", "4"],
  ]);
  expect(rejects.map(({ line, reason }) => [line, reason])).toEqual([
    [1, "empty-label"],
    [5, "empty-label"],
  ]);
});
