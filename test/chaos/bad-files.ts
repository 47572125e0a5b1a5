import { constants, createGzip, gzipSync } from "node:zlib";
import type { DatasetFormat } from "@winnow/contracts";
import type { Chaos } from "./chaos.js";

/** A file that a client might send, and the format that it claims. */
export interface BadFile {
  readonly kind: string;
  readonly content: Buffer<ArrayBuffer>;
  readonly format: DatasetFormat;
}

/** What a 1,000:1 gzip bomb unpacks to: far more than may be unpacked of so small a file. */
const BOMB_BYTES = 256 * 2 ** 20;

const FORMATS: readonly DatasetFormat[] = [
  { type: "csv" },
  { type: "csv", header: false },
  { type: "csv", encoding: "gb18030" },
  { type: "csv", labelSeparator: ";" },
  { type: "csv", labelLists: true },
  { type: "fasttext" },
  { type: "tsv" },
  { type: "delimited", delimiter: "|" },
  { type: "jsonl" },
  { type: "toutiao" },
  { type: "toutiao-multilevel" },
  { type: "parquet" },
  { type: "json" },
];

/** What breaks readers, or looks like another format. */
const PIECES = [
  ...['"', '""', ",", "\t", "|", "|,|", "_!_", "\n", "\r\n", "\r", "\uFEFF", " ", "\\", "{", "["],
  ...["__proto__", "constructor", "汉字", "\u{1F600}", "x".repeat(300), "PAR1", "=1+1", "1e999"],
  ...['{"__proto__":{"text":1}}\n', '{"text":"\\ud800","label":"\\u0000"}\n', "\u2028", "\u0085"],
];

type Draw = Pick<Chaos, "below" | "pick">;

/** Rows as their format writes them, most of them good. */
function rowsOf({ below, pick }: Draw, { type, header }: DatasetFormat, count: number): string[] {
  const label = () => pick(["a", "b", "c/d", "__proto__", "constructor", "\u{1F600}"]);
  const text = (i: number) => `title ${i} ${below(50)}`;
  const heads = { csv: "text,label", tsv: "text\tlabel", delimited: "text|label" };
  const lines = Array.from({ length: count }, (_, i) => {
    if (type === "tsv") return `${text(i)}\t${label()}`;
    if (type === "delimited") return `${text(i)}|${label()}`;
    if (type === "json") {
      const row = JSON.stringify({ text: text(i), label: label() });
      return `${i === 0 ? "[" : ""}${row}${i === count - 1 ? "]" : ","}`;
    }
    if (type === "jsonl") return JSON.stringify({ text: text(i), label: label() });
    if (type === "toutiao") return `${text(i)}_!_${below(15)}`;
    if (type === "fasttext") return `__label__${label()} ${text(i)}`;
    if (type === "toutiao-multilevel") return `${i}|,|${label()}|,|${text(i)}|,|k|,|`;
    return `${text(i)},${label()}`;
  });
  const head = header === false ? undefined : heads[type as keyof typeof heads];
  return head === undefined ? lines : [head, ...lines];
}

const joined = (lines: readonly string[]) => Buffer.from(`${lines.join("\n")}\n`);

/** The rows with one thing done to some of them. */
function withSome(draw: Draw, format: DatasetFormat, change: (line: string) => string): Buffer {
  const lines = rowsOf(draw, format, 5 + draw.below(60));
  return joined(lines.map((line, i) => (i > 0 && draw.below(4) === 0 ? change(line) : line)));
}

function spoiled(bytes: Buffer, draw: Draw, low: number, one = 12): Buffer {
  return Buffer.from(
    bytes.map((byte) => (draw.below(one) === 0 ? low + draw.below(256 - low) : byte)),
  );
}

const cut = (bytes: Buffer, draw: Draw) => bytes.subarray(0, draw.below(bytes.length));

const makers: Record<string, (draw: Draw, format: DatasetFormat) => Buffer> = {
  "good rows": (draw, format) => joined(rowsOf(draw, format, 5 + draw.below(60))),
  "broken UTF-8": (draw, format) => spoiled(joined(rowsOf(draw, format, 40)), draw, 128),
  "byte order marks": (draw, format) => {
    const text = joined(rowsOf(draw, format, 20)).toString();
    if (draw.below(3) > 0) return Buffer.from(`\uFEFF${text}\uFEFF`);
    const wide = Buffer.from(`\uFEFF${text}`, "utf16le");
    return draw.below(2) === 0 ? wide : wide.swap16();
  },
  NUL: (draw, format) => withSome(draw, format, (line) => line.replace(/.{3}/, "$&\0")),
  "huge fields": (draw, format) => {
    const size = 2 ** (16 + draw.below(6));
    const lines = rowsOf(draw, format, 6);
    lines[3] = `${"x".repeat(size)}${lines[3]}`;
    return joined(draw.below(2) === 0 ? lines : [lines.join(" ".repeat(size))]);
  },
  "ragged rows": (draw, format) =>
    withSome(draw, format, (line) => (draw.below(2) === 0 ? `${line},|,\tx` : line.slice(0, 4))),
  "quote bombs": (draw, format) => {
    const quotes = '"'.repeat(1 + draw.below(100_000));
    // A reject each, where quotes mean nothing: thousands in some files, a few in the most.
    const breaks = "\n".repeat(draw.below(20) === 0 ? 5_000 : 50);
    return withSome(draw, format, (line) =>
      draw.pick([`"${line}`, `${line}"`, `"a"b"${line}`, quotes, `"${breaks}`]),
    );
  },
  "hostile pieces": (draw, format) =>
    withSome(draw, format, (line) =>
      Array.from({ length: draw.below(8) }, () => draw.pick([...PIECES, line])).join(""),
    ),
  "deep JSON": (draw) => {
    const depth = 1 + draw.below(200_000);
    const nested = draw.pick([
      ["[", "]"],
      ['{"text":', "}"],
    ]) as [string, string];
    return Buffer.from(`${nested[0].repeat(depth)}1${nested[1].repeat(draw.below(2) * depth)}\n`);
  },
  "too many classes": () => joined(Array.from({ length: 20_005 }, (_, i) => `t${i},class ${i}`)),
  "random bytes": (draw) => spoiled(Buffer.alloc(1 + draw.below(5_000)), draw, 0, 1),
  "nothing in it": (draw) =>
    Buffer.from(draw.pick(["\n", " ", "\uFEFF", "text,label\n", "\r\n\n"])),
  "parquet garbage": (draw) =>
    Buffer.concat([
      Buffer.from("PAR1"),
      spoiled(Buffer.alloc(400), draw, 0, 1),
      Buffer.from("PAR1"),
    ]),
  "zstd garbage": (draw) =>
    Buffer.concat([Buffer.from("28b52ffd", "hex"), spoiled(Buffer.alloc(300), draw, 0, 2)]),
  "gzip of good rows": (draw, format) => gzipSync(joined(rowsOf(draw, format, 50))),
  "truncated gzip": (draw, format) => cut(gzipSync(joined(rowsOf(draw, format, 400))), draw),
  "damaged gzip": (draw, format) =>
    spoiled(gzipSync(joined(rowsOf(draw, format, 400))), draw, 0, 200),
};

/** Bombs by what they repeat; each takes a while to make, so they are made once. */
const bombs = new Map<string, Promise<Buffer>>();

/** A gzip of a thousand times its size. */
export function gzipBomb(repeated: string): Promise<Buffer> {
  const made =
    bombs.get(repeated) ?? packed(Buffer.from(repeated.repeat(2 ** 20 / repeated.length)));
  bombs.set(repeated, made);
  return made;
}

async function packed(block: Buffer): Promise<Buffer> {
  const gzip = createGzip({ level: constants.Z_BEST_COMPRESSION });
  const chunks: Buffer[] = [];
  gzip.on("data", (chunk: Buffer) => chunks.push(chunk));
  for (let bytes = 0; bytes < BOMB_BYTES; bytes += block.length) {
    if (!gzip.write(block)) await new Promise((resolve) => gzip.once("drain", resolve));
  }
  await new Promise<void>((resolve) => {
    gzip.once("end", resolve);
    gzip.end();
  });
  return Buffer.concat(chunks);
}

/** The kinds, of which each comes again and again. */
export const KINDS = [...Object.keys(makers), "gzip bomb"];

/** The file of this number: its kind by turns, one bomb in fifty, all else drawn. */
export async function badFile(draw: Draw, number: number): Promise<BadFile> {
  const names = Object.keys(makers);
  if (number % 50 === 49) {
    const content = await gzipBomb(draw.pick(["\0", "x", "text,a\n\n", "\n"]));
    return {
      kind: "gzip bomb",
      content: Buffer.from(content),
      format: { type: "csv", header: false },
    };
  }
  const kind = names[number % names.length]!;
  const format = draw.pick(FORMATS);
  const content = Buffer.from(makers[kind]!(draw, format));
  return { kind, content, format };
}
