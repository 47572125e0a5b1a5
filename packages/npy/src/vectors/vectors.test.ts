import { describe, expect, it } from "vitest";
import {
  decodeOwn,
  fileOrder,
  NpyError,
  npyHeader,
  placesById,
  readNpy,
  vectorLayout,
  vectorsAt,
} from "../index.js";

const codeOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof NpyError) return error.code;
    throw error;
  }
  return "no error";
};

/** (rows, 2), row i being (i, -i). */
function file(rows: number, change: (values: Float32Array) => void = () => {}) {
  const values = Float32Array.from({ length: 2 * rows }, (_, at) =>
    at % 2 === 0 ? at / 2 : -(at - 1) / 2,
  );
  change(values);
  const header = npyHeader({ dtype: "float32", shape: [rows, 2] });
  return [header, new Uint8Array(values.buffer)];
}

async function firsts(places: number[], maxBlockBytes: number, chunks = file(9)) {
  const found: number[] = [];
  const npy = await readNpy(chunks);
  for await (const { start, rows, values, bytes } of vectorsAt(npy, Int32Array.from(places), {
    maxBlockBytes,
  })) {
    expect(start).toBe(found.length);
    expect(decodeOwn(npy, bytes)).toEqual(values);
    for (let i = 0; i < rows; i++) found.push(values[2 * i]!);
  }
  return found;
}

describe("vectors at some places", () => {
  it("are those of the places, in blocks of any size", async () => {
    for (const maxBlockBytes of [1, 8, 24, 4096]) {
      expect(await firsts([0, 1, 2, 3, 4, 5, 6, 7, 8], maxBlockBytes)).toHaveLength(9);
      expect(await firsts([1, 2, 4, 8], maxBlockBytes)).toEqual([1, 2, 4, 8]);
    }
  });

  it("must be numbers, but not those between them", async () => {
    const broken = file(9, (values) => {
      values[2 * 5 + 1] = Number.NaN;
    });
    expect(await firsts([4, 6], 24, broken)).toEqual([4, 6]);
    await expect(firsts([4, 5, 6], 24, broken)).rejects.toThrow("row 5, column 1: NaN");
  });

  it("come in the other byte order too", async () => {
    const header = Buffer.from(npyHeader({ dtype: "float32", shape: [1, 2] }));
    header.write(">", header.indexOf("<f4"));
    const values = Buffer.alloc(8);
    values.writeFloatBE(2.5, 0);
    expect(await firsts([0], 4096, [header, values])).toEqual([2.5]);
  });
});

it("rows in any order, and several of one place, are read out of a file in one pass", () => {
  expect(fileOrder(Int32Array.of(0, 2, 5))).toEqual({
    wanted: Int32Array.of(0, 2, 5),
    order: null,
  });
  expect(fileOrder(Int32Array.of(7, 2, 7, 10))).toEqual({
    wanted: Int32Array.of(2, 7, 10),
    order: Int32Array.of(1, 0, 1, 2),
  });
});

it("rows are found by their ids", async () => {
  expect([...placesById(["b", null, "c", "b"], ["a", "b"])]).toEqual([1, -1, -1, 1]);
  expect(await codeOf(() => placesById(["a"], ["a", "b", "a"]))).toBe("duplicate-id");
});

it("an array that holds no vectors is refused by its shape and type", async () => {
  const layout = async (dtype: "float32" | "int32", shape: number[]) =>
    vectorLayout((await readNpy([npyHeader({ dtype, shape })])).header);
  expect(await layout("float32", [3, 4])).toEqual({ rows: 3, columns: 4 });
  for (const shape of [[3], [3, 0], [3, 4, 2], []]) {
    expect(await codeOf(() => layout("float32", shape))).toBe("wrong-dimensions");
  }
  expect(await codeOf(() => layout("int32", [3, 4]))).toBe("wrong-dtype");
});
