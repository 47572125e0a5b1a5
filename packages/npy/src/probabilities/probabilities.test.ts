import { describe, expect, it } from "vitest";
import {
  arrayOf,
  explainRow,
  NpyError,
  npyHeader,
  parseNpyHeader,
  probabilityBlocks,
  probabilityLayout,
  readNpy,
  readNpyFloats,
  readNpyIntegers,
} from "../index.js";

const header = (dtype: "float32" | "float64" | "int64" | "bool", shape: number[]) =>
  parseNpyHeader(npyHeader({ dtype, shape }));

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof NpyError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no error";
}

describe("the shape of probabilities", () => {
  it.each([
    ["a matrix", [5, 3], 3, { classes: 3, isSingle: false }],
    ["a matrix of two classes", [5, 2], 2, { classes: 2, isSingle: false }],
    ["one number a row", [5], 2, { classes: 2, isSingle: true }],
    ["one column", [5, 1], 2, { classes: 2, isSingle: true }],
    ["one column, the classes unknown", [5], undefined, { classes: 2, isSingle: true }],
    ["any columns, the classes unknown", [5, 7], undefined, { classes: 7, isSingle: false }],
    ["another number of rows, which others judge", [4, 3], 3, { rows: 4, classes: 3 }],
  ])("%s is read", (_, shape, classes, expected) => {
    expect(probabilityLayout(header("float64", shape), { rows: 5, classes })).toMatchObject(
      expected,
    );
  });

  it.each([
    ["integers", header("int64", [5, 3]), /^wrong-dtype: .* int64: .*predict_proba/],
    ["bools", header("bool", [5, 3]), /^wrong-dtype: .* bool: .*probs\.astype\(np\.float32\)/],
    ["a column a sample", header("float32", [3, 5]), /^wrong-shape: .*\(3, 5\).*probs\.T/],
    ["one number a row of three", header("float32", [5]), /^wrong-shape: .*two classes only/],
    ["a column too many", header("float32", [5, 4]), /^wrong-shape: .*probs\[:, 1:\]/],
    ["a class too few", header("float32", [5, 2]), /^wrong-shape: .*\(5, 2\).*of zeros/],
    ["a class more", header("float32", [5, 9]), /^wrong-shape: .*each class has one column/],
    ["an axis of one", header("float32", [1, 5, 3]), /^wrong-dimensions: .*probs\.squeeze\(\)/],
    ["several models", header("float32", [4, 5, 3]), /^wrong-dimensions: .*probs\.mean\(axis=0\)/],
    ["several repeats", header("float32", [5, 4, 3]), /^wrong-dimensions: .*probs\.mean\(axis=1\)/],
    ["a scalar", header("float32", []), /^wrong-dimensions: .*one row a sample/],
  ])("%s is refused with the call that mends it", (_, file, wanted) => {
    expect(messageOf(() => probabilityLayout(file, { rows: 5, classes: 3 }))).toMatch(wanted);
  });

  it("one column becomes two; what is no probability stays in the second", async () => {
    const values = Float32Array.from([0.25, 1, 0, 1.5, -0.5]);
    const file = [npyHeader({ dtype: "float32", shape: [5, 1] }), new Uint8Array(values.buffer)];
    const npy = await readNpy(file);
    const layout = probabilityLayout(npy.header, { rows: 5, classes: 2 });
    const rows: number[] = [];
    for await (const block of probabilityBlocks(npy, layout, { maxBlockBytes: 8 })) {
      rows.push(...block.values);
    }
    expect(rows).toEqual([0.75, 0.25, 0, 1, 1, 0, 0, 1.5, 1, -0.5]);
  });
});

describe("a row that is no probabilities", () => {
  it.each([
    [[-0.1, -2.4, -7], /np\.exp\(probs\)/, "log-probabilities"],
    [[Number.NEGATIVE_INFINITY, 0], /np\.exp\(probs\)/, "log-probabilities with a zero"],
    [[80, 15, 5], /probs \/ 100/, "percentages"],
    [[99.9, 0.2, 0], /probs \/ 100/, "rounded percentages"],
    [[3, 0, 1], /probs\.sum\(axis=1, keepdims=True\)/, "votes"],
    [[2.5, -1, 0.3], /softmax/, "logits"],
    [[12.5, 3, 7], /softmax/, "scores"],
    [[-4, -5, -3], /softmax/, "negative scores"],
    [[Number.NaN, 0.5], /np\.isfinite/, "NaN"],
    [[Number.POSITIVE_INFINITY, 0], /np\.isfinite/, "infinity"],
    [[87.5], /probs \/ 100.*np\.exp\(-probs\)/, "one column above 1"],
    [[-3.2], /np\.exp\(-probs\)/, "one negative column"],
  ])("%s: %s (%s)", (row, wanted) => {
    expect(explainRow(row)).toMatch(wanted);
    expect(explainRow(Float32Array.from(row))).toMatch(wanted);
  });
});

describe("arrays in an npz", () => {
  it("the only one is taken, and one by its name", () => {
    expect(arrayOf(["arr_0.npy"])).toBe("arr_0.npy");
    expect(arrayOf(["README.txt", "probs.npy"])).toBe("probs.npy");
    const names = ["labels.npy", "pred_probs.npy"];
    expect(arrayOf(names, "pred_probs")).toBe("pred_probs.npy");
    expect(arrayOf(names, "labels.npy")).toBe("labels.npy");
  });

  it.each([
    [
      ["labels.npy", "p.npy"],
      undefined,
      'several-arrays: npz: the file holds 2 arrays: "labels", "p"',
    ],
    [
      ["labels.npy", "p.npy"],
      "probs",
      'no-array: npz: the file holds no array "probs"; it holds "labels", "p"',
    ],
    [
      ["probs.csv"],
      undefined,
      'no-array: npz: the zip archive holds no array of numpy, but "probs.csv"',
    ],
    [["xl/workbook.xml", "[Content_Types].xml"], undefined, "pandas.read_excel"],
    [["probs/data.pkl", "probs/data/0"], undefined, "torch.load"],
    [[], undefined, "no file"],
  ])("of %j with the name %s: %s", (members, wanted, message) => {
    expect(messageOf(() => arrayOf(members, wanted))).toContain(message);
  });
});

describe("files that are not npy", () => {
  it.each([
    ["csv without a header", "0.1,0.9\n0.5,0.5\n", 'np.loadtxt("probs.csv", delimiter=","'],
    ["csv with exponents", "1e-05;9.9e-1\n", 'np.loadtxt("probs.csv", delimiter=";"'],
    ["numbers with blanks", "0.1 0.9\n0.5 0.5\n", 'np.loadtxt("probs.csv", dtype'],
    ["csv with a header", "sport,news\n0.1,0.9\n", 'pandas.read_csv("probs.csv").to_numpy'],
    ["tsv with a byte order mark", "\ufeffsport\tnews\n0.1\t0.9\n", 'delimiter="\\t").to_numpy'],
    ["csv with Chinese names", "体育,新闻\n0.1,0.9\n", "pandas.read_csv"],
    ["JSON", "[[0.1, 0.9]]", "json.load"],
    ["parquet", "PAR1\x15\x04\x00", "pandas.read_parquet"],
    ["Arrow", "ARROW1\0\0", "pandas.read_feather"],
    ["HDF5", "\x89HDF\r\n\x1a\n", "h5py.File"],
    ["a pickle", "\x80\x04\x95\x00", "pandas.read_pickle"],
    ["MATLAB", "MATLAB 5.0 MAT-file", "scipy.io.loadmat"],
    ["safetensors", '\x40\0\0\0\0\0\0\0{"probs":{}}', "safetensors.numpy"],
    ["gzip", "\x1f\x8b\x08\x00", "gunzip"],
    ["bzip2", "BZh91AY&SY", "bunzip2"],
    ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\n", "git lfs pull"],
    ["raw numbers", "\0\0\x80\x3f\0\0\0\0", "np.fromfile"],
  ])("%s is named with the call that makes npy of it", async (_, content, call) => {
    const isWide = [...content].some((character) => character > "\xff");
    const bytes = Buffer.from(content, isWide ? "utf8" : "latin1");
    for (const size of [1, bytes.length]) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const read = readNpyFloats(chunks);
      await expect(read).rejects.toMatchObject({ code: "not-npy" });
      await expect(read).rejects.toThrow(call);
    }
  });

  it.each([
    ["|O", "np.array(list(array), dtype=np.float32)"],
    ["|S5", "array.astype(str)"],
    ["<f16", "array.astype(np.float64)"],
    ["<c8", "array.real"],
    ["|V2", "array.astype(np.float32)"],
    ["<M8[ns]", "save the array as a float"],
  ])("the element type %s is refused with the call that mends it", (descr, call) => {
    const plain = Buffer.from(npyHeader({ dtype: "float32", shape: [2, 2] })).toString("latin1");
    const changed = plain.replace("<f4", descr).replace(/ {3,}\n$/, " ".repeat(20));
    const file = Buffer.from(changed.padEnd(127).slice(0, 127).concat("\n"), "latin1");
    expect(messageOf(() => parseNpyHeader(file))).toContain(call);
  });
});

describe("arrays that are stored column by column", () => {
  /** Written by numpy 2.4: np.asfortranarray of [[.75, .25], [.5, .5], [.125, .875]], float32. */
  const FORTRAN = Buffer.from(
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMywgMiks" +
      "IH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAEA/" +
      "AAAAPwAAAD4AAIA+AAAAPwAAYD8=",
    "base64",
  );

  it("of numpy are read row by row, in blocks of any size", async () => {
    expect([...(await readNpyFloats([FORTRAN])).values]).toEqual([
      0.75, 0.25, 0.5, 0.5, 0.125, 0.875,
    ]);
    const npy = await readNpy([FORTRAN]);
    const blocks: number[] = [];
    for await (const { start, rows } of npy.blocks({ maxBlockBytes: 16 })) blocks.push(start, rows);
    expect(blocks).toEqual([0, 2, 2, 1]);
  });

  it.each(["float32", "float64", "int64", "uint8", "int16"] as const)("%s", async (dtype) => {
    const [rows, columns] = [37, 5];
    const bytes = { float32: 4, float64: 8, int64: 8, uint8: 1, int16: 2 }[dtype];
    // Any bits, among them those of signalling NaNs.
    const random = Buffer.from(
      Array.from({ length: rows * columns * bytes }, (_, i) => (i * 7919) >> 3),
    );
    const text = Buffer.from(npyHeader({ dtype, shape: [rows, columns] })).toString("latin1");
    const head = Buffer.from(text.replace("False,", "True, "), "latin1");
    for (const maxBlockBytes of [1, 100, 1 << 20]) {
      const npy = await readNpy([head, random.subarray(0, 50), random.subarray(50)]);
      for await (const block of npy.blocks({ maxBlockBytes })) {
        for (let row = 0; row < block.rows; row++) {
          for (let column = 0; column < columns; column++) {
            const at = (row * columns + column) * bytes;
            const from = (column * rows + block.start + row) * bytes;
            expect(Buffer.from(block.bytes).subarray(at, at + bytes)).toEqual(
              random.subarray(from, from + bytes),
            );
          }
        }
      }
    }
  });

  it("one that ends too early or goes on is refused", async () => {
    await expect(readNpyFloats([FORTRAN.subarray(0, -1)])).rejects.toMatchObject({
      code: "data-truncated",
    });
    await expect(readNpyFloats([FORTRAN, Buffer.alloc(1)])).rejects.toMatchObject({
      code: "trailing-data",
    });
  });

  it.each([
    ["more than 256 MiB", [10_000_000, 9]],
    ["three axes", [3, 2, 2]],
  ])("%s are refused with the numpy call", async (_, shape) => {
    const text = Buffer.from(npyHeader({ dtype: "float32", shape })).toString("latin1");
    const read = readNpyFloats([Buffer.from(text.replace("False,", "True, "), "latin1")]);
    await expect(read).rejects.toMatchObject({ code: "fortran-order" });
    await expect(read).rejects.toThrow("np.ascontiguousarray(array)");
  });

  it("a vector has no order", async () => {
    const text = Buffer.from(npyHeader({ dtype: "uint8", shape: [3] })).toString("latin1");
    const head = Buffer.from(text.replace("False,", "True, "), "latin1");
    expect([...(await readNpyIntegers([head, Buffer.from([1, 2, 3])]))]).toEqual([1, 2, 3]);
  });
});
