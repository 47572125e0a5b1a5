import { describe, expect, it } from "vitest";
import { parseHeaderDict } from "../header/header-dict.js";
import {
  decodeStrings,
  encodeStrings,
  NpyError,
  npyHeader,
  parseNpyHeader,
  readNpy,
  readNpyFloats,
  readNpyIntegers,
  readNpyStrings,
} from "../index.js";

/** A file as numpy writes it: the data below were written by numpy 2.4, the header is rebuilt. */
function numpyFile(descr: string, shape: string, data: string, version = 1): Uint8Array {
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const lengthBytes = version === 1 ? 2 : 4;
  const text = `${dict.padEnd(128 - 8 - lengthBytes - 1)}\n`;
  const head = Buffer.alloc(8 + lengthBytes);
  head.write("\x93NUMPY", "latin1");
  head[6] = version;
  head.writeUIntLE(text.length, 8, lengthBytes);
  return Buffer.concat([head, Buffer.from(text), Buffer.from(data, "base64")]);
}

const realFile = Buffer.from(
  "k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDIpLCB9" +
    "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/wAAAQAAAAEBA" +
    "AADAgAAA",
  "base64",
);

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof NpyError) return error.code;
    throw error;
  }
  return "no error";
}

describe("reading npy", () => {
  it("a big-endian float32 file written by numpy reads as its numbers", async () => {
    expect(Buffer.compare(realFile, numpyFile(">f4", "(2, 2)", "P8AAAEAAAABAQAAAwIAAAA=="))).toBe(
      0,
    );
    const { shape, values } = await readNpyFloats([realFile]);
    expect(shape).toEqual([2, 2]);
    expect([...values]).toEqual([1.5, 2, 3, -4]);
  });

  it("float16 reads exactly, including the smallest and the largest number", async () => {
    const { values } = await readNpyFloats([numpyFile("<f2", "(3, 2)", "AAAAPAA4AMD/ewEA")]);
    expect(values).toBeInstanceOf(Float32Array);
    expect([...values]).toEqual([0, 1, 0.5, -2, 65504, 2 ** -24]);
  });

  it("float64 keeps every bit", async () => {
    const { values } = await readNpyFloats([numpyFile("<f8", "(2,)", "GC1EVPshCUCamZmZmZm5vw==")]);
    expect([...values]).toEqual([Math.PI, -0.1]);
  });

  it.each([
    ["|u1", "(3,)", "AAf/", [0, 7, 255]],
    [">i8", "(3,)", "AAAAAAAAAAH//////////gAAAAAAAAAD", [1, -2, 3]],
    ["|b1", "(2,)", "AQA=", [1, 0]],
  ])("integers of type %s read as int32", async (descr, shape, data, expected) => {
    expect([...(await readNpyIntegers([numpyFile(descr, shape, data)]))]).toEqual(expected);
  });

  it("headers of version 2 and 3 are read", async () => {
    expect([...(await readNpyIntegers([numpyFile("<i4", "(2,)", "AQAAAAIAAAA=", 2)]))]).toEqual([
      1, 2,
    ]);
    expect([...(await readNpyIntegers([numpyFile("<u2", "(2,)", "AQACAA==", 3)]))]).toEqual([1, 2]);
  });

  it("unicode strings lose numpy's padding and nothing else", async () => {
    const data = "YQAAAAAAAAAtTgAAh2UAAAD2AQBiAAAA";
    expect(await readNpyStrings([numpyFile("<U2", "(3,)", data)])).toEqual(["a", "中文", "😀b"]);
    const header = parseNpyHeader(numpyFile("<U3", "(1,)", ""));
    const innerZero = new Uint8Array(new Uint32Array([97, 0, 98]).buffer);
    expect(decodeStrings(header, innerZero)).toEqual(["a\0b"]);
  });

  it("the size of the chunks changes nothing", async () => {
    for (const size of [1, 3, 64, 128, 129, 4096]) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < realFile.length; at += size) {
        chunks.push(realFile.subarray(at, at + size));
      }
      expect([...(await readNpyFloats(chunks)).values]).toEqual([1.5, 2, 3, -4]);
    }
  });

  it("blocks hold whole rows, at least one", async () => {
    const rows: number[][] = [];
    const stream = await readNpy([realFile]);
    for await (const block of stream.blocks({ maxBlockBytes: 1 })) {
      rows.push([block.start, block.rows, block.bytes.length]);
    }
    expect(rows).toEqual([
      [0, 1, 8],
      [1, 1, 8],
    ]);
  });
});

describe("writing npy", () => {
  it("a written header reads back and puts the data at a multiple of 64", () => {
    for (const dtype of ["float32", "int64", "uint8", "bool"] as const) {
      for (const shape of [[], [7], [3, 4], [2_906_829, 428], [1, 2, 3, 4, 5, 6, 7, 8, 9]]) {
        const bytes = npyHeader({ dtype, shape });
        const header = parseNpyHeader(bytes);
        expect(header).toMatchObject({ dtype, shape, fortranOrder: false, littleEndian: true });
        expect(header.dataOffset).toBe(bytes.length);
        expect(bytes.length % 64).toBe(0);
      }
    }
  });

  it("is byte for byte what numpy writes", () => {
    const numpy = numpyFile("<f4", "(2, 2)", "");
    expect(Buffer.compare(npyHeader({ dtype: "float32", shape: [2, 2] }), numpy)).toBe(0);
  });
});

describe("writing strings", () => {
  it("is byte for byte what numpy writes", async () => {
    // np.array(["a", "中文", "😀b", ""], dtype="<U3")
    const data = "YQAAAAAAAAAAAAAALU4AAIdlAAAAAAAAAPYBAGIAAAAAAAAAAAAAAAAAAAAAAAAA";
    const written = Buffer.concat([
      npyHeader({ dtype: "str", characters: 3, shape: [4] }),
      encodeStrings(["a", "中文", "😀b", ""], 3),
    ]);
    expect(written.toString("latin1")).toContain("{'descr': '<U3', 'fortran_order'");
    expect(Buffer.compare(written, numpyFile("<U3", "(4,)", data))).toBe(0);
    expect(await readNpyStrings([written])).toEqual(["a", "中文", "😀b", ""]);
  });

  it("refuses a string that does not fit, and a width that numpy could not read", async () => {
    expect(await codeOf(() => encodeStrings(["ab", "abc"], 2))).toBe("value-out-of-range");
    expect(encodeStrings(["😀😀"], 2)).toHaveLength(2 * 4);
    for (const characters of [0, -1, 1.5, 2 ** 31]) {
      const write = () => npyHeader({ dtype: "str", characters, shape: [1] });
      expect(await codeOf(write)).toBe("unsupported-dtype");
    }
  });
});

describe("invalid npy files", () => {
  const column = "P8AAAEAAAABAQAAAwIAAAA==";
  it.each([
    ["an empty file", Buffer.alloc(0), "header-truncated"],
    ["text", Buffer.from("label,text\n1,hello"), "not-npy"],
    ["a future version", Buffer.from("\x93NUMPY\x04\x00\x10\x00", "latin1"), "unsupported-version"],
    ["a truncated header", realFile.subarray(0, 60), "header-truncated"],
    ["truncated data", realFile.subarray(0, realFile.length - 1), "data-truncated"],
    ["data beyond the shape", Buffer.concat([realFile, Buffer.alloc(1)]), "trailing-data"],
    ["complex numbers", numpyFile("<c8", "(2,)", column), "unsupported-dtype"],
    ["objects", numpyFile("|O", "(2,)", column), "unsupported-dtype"],
    ["integers", numpyFile("<i4", "(2, 2)", column), "wrong-dtype"],
    [
      "a size too large to count",
      numpyFile("<f4", "(99999999999, 99999999999)", column),
      "invalid-shape",
    ],
    ["a row too large for memory", numpyFile("<f4", "(1, 999999999999999)", column), "too-large"],
    [
      "many rows that do not exist",
      numpyFile("<f4", "(999999999999999, 2)", column),
      "data-truncated",
    ],
    ["a negative size", numpyFile("<f4", "(-2, 2)", column), "header-syntax"],
    [
      "a header of 4 GB",
      Buffer.from("\x93NUMPY\x02\x00\xff\xff\xff\xff", "latin1"),
      "header-too-long",
    ],
  ])("%s has an error of its own", async (_what, file, code) => {
    expect(await codeOf(() => readNpyFloats([file]))).toBe(code);
  });

  it("an integer that does not fit names its element", async () => {
    const file = numpyFile("<i8", "(2,)", "AQAAAAAAAAAAAAAAAQAAAA==");
    await expect(readNpyIntegers([file])).rejects.toThrow(/element 1 is 4294967296/);
  });

  it.each(["{}", "{'descr': '<f4'}", "{'descr': '<f4', 'descr': '<f4'}", "{'a': 'b'}"])(
    "the dict %s misses its keys",
    async (text) => {
      expect(await codeOf(() => parseHeaderDict(text))).toBe("header-keys");
    },
  );

  it("10,000 random corruptions of a header give an error or a readable header, nothing else", async () => {
    const random = generator(20_261_124);
    const seen = new Map<string, number>();
    const pieces = [
      "'",
      "(",
      ")",
      "{",
      "}",
      ",",
      ":",
      "9".repeat(30),
      "[",
      "True",
      "\\x",
      "\0",
      "'shape': ",
    ];
    for (let run = 0; run < 10_000; run++) {
      let file = Buffer.from(run % 2 === 0 ? realFile : numpyFile("<f4", "(2, 2)", column, 2));
      for (let edit = 0; edit <= random(4); edit++) {
        const at = random(Math.min(128, file.length + 1));
        const kind = random(4);
        if (kind === 0 && at < file.length) file[at] = random(256);
        if (kind === 1) file = file.subarray(0, at);
        if (kind === 2) {
          const piece = Buffer.from(pieces[random(pieces.length)] ?? "", "latin1");
          file = Buffer.concat([file.subarray(0, at), piece, file.subarray(at)]);
        }
        if (kind === 3) {
          const from = random(file.length + 1);
          file = Buffer.concat([
            file.subarray(0, at),
            file.subarray(from, from + random(16)),
            file.subarray(at),
          ]);
        }
      }
      const code = await codeOf(() => readNpyFloats([file]));
      seen.set(code, (seen.get(code) ?? 0) + 1);
    }
    // most corruptions must be detected, and by more than one check
    expect(seen.get("no error") ?? 0).toBeLessThan(2_500);
    expect(seen.size).toBeGreaterThan(8);
  });
});

/** Whole numbers below `limit`, the same ones for the same seed (mulberry32). */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
  };
}
