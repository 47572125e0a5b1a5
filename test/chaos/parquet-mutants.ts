import { type BasicType, parquetWrite } from "hyparquet-writer";
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js";
import {
  dictionaryOf,
  firstOfDictionary,
  handmadeParquet,
  levels,
  pageOf,
  plainText,
  runOf,
  varint,
} from "../support/hostile-parquet.js";
import type { Chaos } from "./chaos.js";

type Draw = Pick<Chaos, "below" | "pick">;

type Columns = Parameters<typeof parquetWrite>[0]["columnData"];

const ROWS = 200;
const rows = <T>(value: (i: number) => T): T[] => Array.from({ length: ROWS }, (_, i) => value(i));
const texts = rows((i) => `title ${i} of many`);
const labels = rows((i) => ["a", "b", "c"][i % 3]!);
const typed = (name: string, type: BasicType, data: unknown[]) => ({ name, type, data });

/** Valid files of every kind of column, encoding and packing that a writer here makes. */
const VALID: readonly Buffer[] = (["SNAPPY", "UNCOMPRESSED"] as const).flatMap((codec) =>
  (
    [
      [
        { name: "text", data: texts },
        { name: "label", data: labels },
      ],
      [
        { name: "text", data: rows((i) => (i % 5 ? texts[i]! : null)) },
        { name: "label", data: labels },
        typed(
          "n",
          "INT32",
          rows((i) => i),
        ),
        typed(
          "big",
          "INT64",
          rows((i) => BigInt(i) ** 5n),
        ),
        typed(
          "score",
          "DOUBLE",
          rows((i) => i / 7),
        ),
        typed(
          "when",
          "TIMESTAMP",
          rows((i) => new Date(1e12 + i * 1e7)),
        ),
        typed(
          "yes",
          "BOOLEAN",
          rows((i) => i % 2 === 0),
        ),
      ],
      [
        { name: "text", data: texts, encoding: "DELTA_BYTE_ARRAY" },
        { name: "label", data: labels, encoding: "DELTA_LENGTH_BYTE_ARRAY" },
        { name: "n", data: rows((i) => i), type: "INT32", encoding: "DELTA_BINARY_PACKED" },
      ],
      [
        { name: "text", data: texts },
        { name: "label", data: rows((i) => [labels[i]!, labels[(i * 7) % ROWS]!].slice(i % 2)) },
        { name: "meta", data: rows((i) => ({ url: `u${i}`, tags: ["x", "y"].slice(i % 3) })) },
      ],
    ] as unknown as Columns[]
  ).map((columnData) => {
    const writer = new ByteWriter();
    parquetWrite({ writer, columnData, codec, rowGroupSize: 90, pageSize: 700 });
    return Buffer.from(writer.getBuffer());
  }),
);

/** Numbers that break readers: counts, sizes, lengths. */
const NUMBERS = [
  0,
  1,
  2 ** 7,
  2 ** 15,
  2 ** 20,
  2 ** 24,
  2 ** 28,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 32 - 1,
];

const replaced = (file: Buffer, at: number, length: number, bytes: readonly number[]): Buffer =>
  Buffer.concat([file.subarray(0, at), Buffer.from(bytes), file.subarray(at + length)]);

/** One thing done to a file; most leave the end as it is, so that readers get to the damage. */
const MUTATIONS: Record<string, (file: Buffer, draw: Draw) => Buffer> = {
  "a byte": (file, { below }) => replaced(file, at(file, below), 1, [below(256)]),
  "a bit": (file, { below }) => {
    const place = at(file, below);
    return replaced(file, place, 1, [file[place]! ^ (1 << below(8))]);
  },
  "a number": (file, { below, pick }) =>
    replaced(file, at(file, below), 1 + below(3), varint(pick(NUMBERS))),
  "a number, in place": (file, { below, pick }) => {
    const bytes = varint(pick(NUMBERS));
    return replaced(file, at(file, below), bytes.length, bytes);
  },
  "four bytes": (file, { below, pick }) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(pick(NUMBERS) >>> 0);
    return replaced(file, at(file, below), 4, [...bytes]);
  },
  "a part twice": (file, { below }) => {
    const [from, to] = [at(file, below), at(file, below)];
    return replaced(file, to, 0, [...file.subarray(from, from + below(80))]);
  },
  "a part over another": (file, { below }) => {
    const part = file.subarray(at(file, below)).subarray(0, 1 + below(60));
    return replaced(file, at(file, below), part.length, [...part]);
  },
  "a part less": (file, { below }) => replaced(file, at(file, below), below(40), []),
  "the length of the footer": (file, { below, pick }) => {
    const copy = Buffer.from(file);
    copy.writeUInt32LE((below(2) ? pick(NUMBERS) : below(file.length)) >>> 0, file.length - 8);
    return copy;
  },
  "the end": (file, { below }) => file.subarray(0, 1 + below(file.length - 1)),
};

/** Half of the places are in the footer, where the counts and sizes are. */
function at(file: Buffer, below: Draw["below"]): number {
  const footer = file.length - 8 - file.readUInt32LE(file.length - 8);
  return below(2) === 0 ? footer + below(file.length - 8 - footer) : 4 + below(file.length - 12);
}

/** Pages whose headers, runs and dictionaries claim what is drawn. */
function handmade({ below, pick }: Draw): Buffer {
  const count = below(3) === 0 ? pick(NUMBERS) : 3;
  const run = runOf(below(3) === 0 ? pick(NUMBERS) : 3, below(3));
  const size = 2 ** below(21);
  const pages = pick([
    [
      pageOf(
        count,
        "RLE_DICTIONARY",
        Buffer.concat([levels(run), Buffer.from([below(34), ...run])]),
      ),
    ],
    [dictionaryOf([plainText("x".repeat(size))]), firstOfDictionary(3)],
    [dictionaryOf([plainText("x")], count), firstOfDictionary(3)],
    [pageOf(3, pick(["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"]), noise(below))],
    [pageOf(count, "PLAIN", Buffer.concat([levels(run), plainText("x")]))],
  ]);
  return Buffer.from(handmadeParquet({ rows: 3, pages }));
}

const noise = (below: Draw["below"]): Buffer =>
  Buffer.concat([
    levels(runOf(3, 1)),
    Buffer.from([...varint(128), 4, 3, ...Array.from({ length: below(60) }, () => below(256))]),
  ]);

export const MUTANT_KINDS = [...Object.keys(MUTATIONS), "made by hand"];

/** The file of this number: what is done to it by turns, one to three times, all else drawn. */
export function mutant(draw: Draw, number: number): { kind: string; content: Buffer<ArrayBuffer> } {
  const kind = MUTANT_KINDS[number % MUTANT_KINDS.length]!;
  const mutate = MUTATIONS[kind];
  let content = mutate ? draw.pick(VALID) : handmade(draw);
  for (let times = mutate ? 1 + draw.below(3) : 0; times > 0 && content.length > 40; times -= 1) {
    try {
      content = mutate!(content, draw);
    } catch {
      // The footer's length no longer says where it is: enough has been done to this file.
      break;
    }
  }
  return { kind, content: Buffer.from(content) };
}
