import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonScanner, type JsonVisitor } from "./scanner.js";

/** Takes each member of the document, read in pieces of so many bytes. */
function membersOf(text: string | Uint8Array, pieceBytes: number, maxValueBytes = 1000) {
  const found: [key: string | number | null, text: string, line: number, column: number][] = [];
  let key: string | number | null = null;
  const visitor: JsonVisitor = {
    begin(kind, of) {
      if (of === null && kind !== "scalar") return "enter";
      key = of;
      return "take";
    },
    taken({ bytes, place, isTooLong }) {
      found.push([key, isTooLong ? "too long" : bytes.toString(), place.line, place.column]);
    },
  };
  const scanner = new JsonScanner(visitor, maxValueBytes);
  const bytes = Buffer.from(text);
  const buffer = Buffer.alloc(pieceBytes);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    // The source reuses its buffer, as a file's reader does.
    const copied = bytes.copy(buffer, 0, at, at + pieceBytes);
    scanner.push(buffer.subarray(0, copied));
  }
  scanner.finish();
  return found;
}

const faultOf = (text: string, pieceBytes = 3): string => {
  try {
    membersOf(text, pieceBytes);
  } catch (error) {
    return (error as Error).message;
  }
  return "no fault";
};

describe("JsonScanner", () => {
  it("passes on values as they stand, with line and column, from pieces of any size", () => {
    const text =
      '[\n  {"a": [1, "]\\"}"], "汉": {}},\r\n "é\\u00e9\\\\",\r12345678901234567890 ,-1.5e3,\n\nnull, [] , NaN]\n';
    for (const pieceBytes of [1, 2, 3, 7, 1000]) {
      expect(membersOf(text, pieceBytes)).toEqual([
        [0, '{"a": [1, "]\\"}"], "汉": {}}', 2, 3],
        [1, '"é\\u00e9\\\\"', 3, 2],
        [2, "12345678901234567890", 4, 1],
        [3, "-1.5e3", 4, 23],
        [4, "null", 6, 1],
        [5, "[]", 6, 7],
        [6, "NaN", 6, 12],
      ]);
    }
    expect(membersOf('{"k\\u0041": 1, "": [2], "__proto__": {}}', 5)).toEqual([
      ["kA", "1", 1, 13],
      ["", "[2]", 1, 20],
      ["__proto__", "{}", 1, 38],
    ]);
    expect(membersOf(" 17", 1)).toEqual([[null, "17", 1, 2]]);
  });

  it("agrees with JSON.parse on any document", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.nat(4),
        fc.integer({ min: 1, max: 40 }),
        (value, indent, size) => {
          const text = JSON.stringify(value, null, indent);
          const members = membersOf(text, size, 1e6).map(([key, json]) => [key, JSON.parse(json)]);
          const parsed: unknown = JSON.parse(text);
          if (typeof parsed !== "object" || parsed === null)
            expect(members).toEqual([[null, parsed]]);
          else if (Array.isArray(parsed))
            expect(members).toEqual(parsed.map((item, i) => [i, item]));
          else expect(members).toEqual(Object.entries(parsed));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("refuses what JSON.parse refuses, but for what stands inside strings", () => {
    const parts = ["{", "}", "[", "]", ",", ":", '"a"', '"b"', "1", "true", " ", "\n", "01", "x"];
    const documents = fc
      .array(fc.constantFrom(...parts), { maxLength: 8 })
      .map((list) => list.join(""));
    fc.assert(
      fc.property(documents, (text) => {
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        expect(faultOf(text, 2) === "no fault").toBe(parses);
      }),
      { numRuns: 5000 },
    );
  });

  const faults: [text: string, message: string][] = [
    ['[\n{"a": 1},\n]', 'line 3, column 1: found "]", expected a value'],
    ['{"a": 1,}', 'line 1, column 9: found "}", expected a key in double quotes'],
    ['[{"a" 1}]', 'line 1, column 7: found "1", expected ":"'],
    ['[{"a": 1} {"a": 2}]', 'line 1, column 11: found "{", expected "," or "]"'],
    ['[{"a": 1]', 'line 1, column 9: found "]", expected "," or "}"'],
    ['[{"é": True}]', 'line 1, column 8: found "True"; JSON has true'],
    ["[{'a': 1}]", `line 1, column 3: found "'", expected a key`],
    ["['a']", `line 1, column 2: found "'a'"; strings of JSON stand in double quotes`],
    ["[1, // one\n2]", 'line 1, column 5: found "//"; JSON has no comments'],
    ['[{"text": "say "hi" now"}]', 'line 1, column 17: found "h", expected "," or "}"'],
    ["[1, 007]", 'column 5: found "007", which is no value'],
    ['{"a": 1}\n{"a": 2}', "ends before line 2, column 1, where another one begins"],
    ["[1] []", "column 5, where another one begins"],
    ["[1, 2", "cut off: it ends at line 1, column 6, inside an array"],
    ['{"a": "b', "line 1, column 9, inside a string"],
    ['{"a": "b\\', "inside a string"],
    ['{"a"', "inside an object"],
    ["  ", "before its value"],
    ["[".repeat(200_000), "more than 100000 levels are open"],
  ];
  it.each(faults)("says where a document breaks (%#)", (text, message) => {
    for (const pieceBytes of [1, 4, 500_000]) expect(faultOf(text, pieceBytes)).toContain(message);
  });

  it("passes on the start of a value that is too long, and goes on after it", () => {
    const text = `[{"a": "${"x".repeat(5000)}"}, 1]`;
    for (const pieceBytes of [3, 100, 100_000]) {
      expect(membersOf(text, pieceBytes)).toEqual([
        [0, "too long", 1, 2],
        [1, "1", 1, 5013],
      ]);
    }
  });
});
