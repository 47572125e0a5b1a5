import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { FieldScanner, type FieldSyntax } from "./field-scanner.js";
import { RecordAssembler } from "./record-assembler.js";
import type { LineRange } from "./row-reader.js";

interface Reading {
  line: number;
  /** Null for a reject. */
  cells: readonly string[] | null;
}

/** The records of a text that arrives in blocks of so many lines; lines wanted again are given. */
function assembled(
  text: string,
  syntax: FieldSyntax,
  blockLines = 3,
  maxRecordBytes = 1_000_000,
): Reading[] {
  const assembler = new RecordAssembler(syntax, maxRecordBytes);
  const lines = linesOf(text);
  const readings: Reading[] = [];
  const sink = {
    record: (line: number, _: string, cells: readonly string[]) => readings.push({ line, cells }),
    fault: (line: number) => readings.push({ line, cells: null }),
  };
  const push = (first: number, end: number): LineRange | null =>
    assembler.push(
      { firstLine: first, lines: lines.slice(first - 1, end - 1), broken: null },
      sink,
    );
  const again = (range: LineRange | null) => {
    for (let wanted = range; wanted; ) {
      const { first, end } = wanted;
      const last = Math.min(end, lines.length + 1);
      wanted = null;
      for (let at = first; at < last; at += blockLines) {
        expect(wanted).toBeNull();
        wanted = push(at, Math.min(at + blockLines, last));
      }
    }
  };
  for (let at = 1; at <= lines.length; at += blockLines) again(push(at, at + blockLines));
  for (let wanted = assembler.finish(sink, false); wanted; ) {
    again(wanted);
    wanted = assembler.finish(sink, false);
  }
  return readings;
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** The same by the rule as it is written down, in quadratic time. */
function byTheRule(text: string, syntax: FieldSyntax, maxRecordBytes = 1_000_000): Reading[] {
  const lines = linesOf(text);
  const readings: Reading[] = [];
  for (let at = 0; at < lines.length; ) {
    const rest = lines.slice(at);
    const read = recordOf(rest, syntax) ?? recordOf(rest, { ...syntax, quotes: false })!;
    const taken = rest.slice(0, read.lines);
    const bytes = Buffer.byteLength(taken.join("\n")) + 1;
    const blank = taken.length === 1 && taken[0]!.trim() === "" && read.cells.length === 1;
    const tooLong = taken.length > 1 && bytes > maxRecordBytes;
    readings.push({ line: at + 1, cells: blank || tooLong ? null : read.cells });
    at += read.lines;
  }
  return readings;
}

/** One record from the first line on, character by character; null if its quotes have no reading. */
function recordOf(
  lines: readonly string[],
  { delimiter, quotes, backslash }: FieldSyntax,
): { cells: string[]; lines: number } | null {
  const text = `${lines.join("\n")}\n`;
  const cells: string[] = [];
  let at = 0;
  const lineEnd = () => /^\r*\n/.exec(text.slice(at))?.[0];
  for (;;) {
    let cell = "";
    let marked = false;
    const quoted = quotes && text[at] === '"';
    if (quoted) at += 1;
    for (;;) {
      if (at >= text.length) {
        if (quoted) return null;
        break;
      }
      if (backslash && text[at] === "\\") {
        at += 1;
        const ending = lineEnd();
        const escaped = ['"', "\\", delimiter, ending, "\r"].find(
          (mark) => mark !== undefined && text.startsWith(mark, at),
        );
        // At the end of the file nothing follows that the backslash could escape.
        const atEnd = ending !== undefined && at + ending.length === text.length && !quoted;
        if (escaped === undefined || atEnd) cell += "\\";
        else {
          cell += escaped;
          marked = true;
          at += escaped.length;
        }
      } else if (quoted && text[at] === '"') {
        if (text[at + 1] !== '"') break;
        cell += '"';
        at += 2;
      } else if (!quoted && (text.startsWith(delimiter, at) || lineEnd() !== undefined)) break;
      else {
        cell += text[at];
        at += 1;
      }
    }
    if (quoted) {
      at += 1;
      if (!text.startsWith(delimiter, at) && lineEnd() === undefined) return null;
    }
    cells.push(backslash && !quoted && !marked && cell === "\\N" ? "" : cell);
    const ending = lineEnd();
    if (ending !== undefined || at >= text.length) {
      at += ending?.length ?? 0;
      return { cells, lines: text.slice(0, at).split("\n").length - 1 };
    }
    at += delimiter.length;
  }
}

const SYNTAXES: FieldSyntax[] = [
  { delimiter: ",", quotes: true, backslash: false },
  { delimiter: "|,|", quotes: true, backslash: false },
  { delimiter: ",", quotes: false, backslash: false },
  { delimiter: ",", quotes: true, backslash: true },
  { delimiter: "||", quotes: false, backslash: true },
];

/** Texts in which quotes, delimiters, backslashes and line ends meet in every way. */
const tangled = fc
  .array(
    fc.constantFrom(
      '"',
      '"',
      '""',
      ",",
      "|,|",
      "||",
      "\n",
      "\n",
      "\r\n",
      "\r",
      "\r\r\r",
      "\\",
      "\\N",
      "a",
      " ",
      "汉",
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(""));

describe("RecordAssembler", () => {
  it.each(SYNTAXES)("reads what the rule says, whatever the blocks: %j", (syntax) => {
    fc.assert(
      fc.property(tangled, fc.integer({ min: 1, max: 8 }), (text, blockLines) => {
        expect(assembled(text, syntax, blockLines)).toEqual(byTheRule(text, syntax));
      }),
      { numRuns: 3000 },
    );
  });

  it.each(SYNTAXES.slice(0, 3))(
    "reads the same if undecided lines are too long to be held: %j",
    (syntax) => {
      fc.assert(
        fc.property(tangled, tangled, fc.integer({ min: 1, max: 8 }), (a, b, blockLines) => {
          const text = `${a}\n"${"\n".repeat(9)}${b}`;
          const expected = byTheRule(text, syntax, 30);
          expect(assembled(text, syntax, blockLines, 30)).toEqual(expected);
        }),
        { numRuns: 3000 },
      );
    },
  );

  it("scans each line at most three times, however the quotes stand", () => {
    const scan = vi.spyOn(FieldScanner.prototype, "scan");
    const syntax = SYNTAXES[0]!;
    const bad = [
      ...['x","', '"', '"x', '","', 'x" ,"', '"a""', '""', '"",""', 'b","c', ',",', 'a",b,"c'],
      ...['""","', '"x,""y', "\\", '\\"'],
    ];
    const worlds = [
      ...bad.map((line) => Array<string>(2000).fill(line)),
      ...bad.flatMap((line) => bad.map((last) => [...Array<string>(500).fill(line), last])),
      ...bad.flatMap((line) => bad.map((other) => Array(500).fill([line, other]).flat())),
    ];
    try {
      for (const lines of worlds) {
        scan.mockClear();
        const readings = assembled(lines.join("\n"), syntax, 50);
        expect(readings.length).toBeGreaterThan(0);
        expect(scan.mock.calls.length, lines.slice(-2).join("\n")).toBeLessThanOrEqual(
          3 * lines.length,
        );
      }
    } finally {
      scan.mockRestore();
    }
  });
});

describe("FieldScanner", () => {
  it.each(SYNTAXES)("finds where a line ends also if it comes in pieces: %j", (syntax) => {
    const line = tangled.map((text) => text.replaceAll("\n", ""));
    fc.assert(
      fc.property(line, line, fc.array(fc.nat(20)), (before, text, cuts) => {
        const whole = new FieldScanner(syntax);
        if (whole.scan(before) === "record") return;
        const expected = whole.scan(text);
        for (const forgets of [false, true]) {
          const pieces = new FieldScanner(syntax);
          pieces.scan(before);
          if (forgets) pieces.forget();
          let at = 0;
          for (const cut of cuts) {
            pieces.scan(text.slice(at, at + cut), false);
            at += cut;
          }
          expect(pieces.scan(text.slice(at))).toBe(expected);
          if (!forgets && expected === "record") expect(pieces.cells()).toEqual(whole.cells());
        }
      }),
      {
        numRuns: 3000,
        // Returns at a line's end, more of them than a piece holds back for any other mark.
        examples: [
          ["\\", "\\\r\r\r", [4]],
          ['"', '"\r\r\r', [4]],
          ['"', '"\r\r\r\r\r\r\r\r', [3, 3, 3]],
          ['"', '"\r\r\r\r\r\r\r\rx', [3, 3, 3]],
        ],
      },
    );
  });
});
