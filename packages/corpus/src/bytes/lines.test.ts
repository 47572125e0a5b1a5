import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TextEncoding } from "../options/dataset-format.js";
import type { LineBlock } from "./line-block.js";
import { readLines } from "./lines.js";

interface Line {
  number: number;
  text: string;
  reason: string | null;
}

async function linesOf(
  file: Uint8Array,
  chunkBytes: number,
  maxLineBytes = 1000,
  encoding: TextEncoding = "utf-8",
): Promise<Line[]> {
  async function* chunks() {
    for (let at = 0; at < file.length; at += chunkBytes) yield file.slice(at, at + chunkBytes);
  }
  const lines: Line[] = [];
  let pieces = "";
  for await (const block of readLines(chunks(), { maxLineBytes, encoding })) {
    if (block.piece) {
      pieces += block.lines[0];
      continue;
    }
    block.lines.forEach((text, i) => {
      lines.push({ number: block.firstLine + i, text: pieces + text, reason: reasonOf(block, i) });
      pieces = "";
    });
  }
  return lines;
}

function reasonOf(block: LineBlock, index: number): string | null {
  return block.broken?.get(index)?.reason ?? null;
}

const filler = Buffer.from("plain text of a common line\n".repeat(200));

describe("readLines", () => {
  it("numbers every line as a plain split does, whatever the chunks", async () => {
    const file = fc.array(fc.string({ unit: "grapheme", maxLength: 30 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(file, fc.integer({ min: 1, max: 50 }), async (parts, chunkBytes) => {
        const text = parts.map((part) => part.replace(/[\n\0\uFEFF]/g, "")).join("\n");
        fc.pre(text !== "");
        const expected = text.split("\n");
        if (expected.at(-1) === "") expected.pop();
        const lines = await linesOf(Buffer.from(text), chunkBytes);
        expect(lines).toEqual(
          expected.map((line, i) => ({ number: i + 1, text: line, reason: null })),
        );
      }),
    );
  });

  it("marks only the line as broken that is not UTF-8, contains NUL, or is too long", async () => {
    const long = "x".repeat(5000);
    const file = Buffer.concat([
      filler,
      Buffer.from("good 一\n"),
      Buffer.from([0x62, 0xff, 0x0a]),
      Buffer.from("good 二\n"),
      Buffer.from("n\0l\n"),
      Buffer.from(`${long}\n`),
      Buffer.from("last"),
    ]);
    for (const chunkBytes of [1, 13, 999, 100_000]) {
      const lines = (await linesOf(file, chunkBytes)).slice(200);
      expect(lines).toEqual([
        { number: 201, text: "good 一", reason: null },
        { number: 202, text: "b\uFFFD", reason: "bad-utf8" },
        { number: 203, text: "good 二", reason: null },
        { number: 204, text: "n\0l", reason: "nul-character" },
        { number: 205, text: long, reason: "too-long" },
        { number: 206, text: "last", reason: null },
      ]);
    }
  });

  it("shows the start of a broken line, without NUL and no longer than 200 characters", async () => {
    const file = Buffer.concat([filler, Buffer.from(`\0${"y".repeat(500)}\n`)]);
    async function* chunks() {
      yield file;
    }
    for await (const block of readLines(chunks(), { maxLineBytes: 1000, encoding: "utf-8" })) {
      const broken = block.broken?.get(200);
      if (broken) expect(broken.excerpt).toBe(`\u2400${"y".repeat(199)}`);
    }
  });

  it("reads GB18030 when it is declared", async () => {
    const file = Buffer.concat([
      Buffer.from([0xd6, 0xd0, 0xce, 0xc4, 0x0a]),
      Buffer.from([0x81, 0x20, 0x0a]),
      Buffer.from("ascii"),
    ]);
    expect(await linesOf(file, 3, 1000, "gb18030")).toEqual([
      { number: 1, text: "中文", reason: null },
      { number: 2, text: "\uFFFD ", reason: "bad-encoding" },
      { number: 3, text: "ascii", reason: null },
    ]);
  });

  it("considers a file binary only if it has many control bytes", async () => {
    const stray = Buffer.concat([filler, Buffer.from("a\0b\n"), filler]);
    expect((await linesOf(stray, 1 << 16)).filter(({ reason }) => reason).length).toBe(1);
    const image = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n"), Buffer.alloc(500)]);
    await expect(linesOf(image, 7)).rejects.toMatchObject({ code: "binary-file" });
  });
});
