import { describe, expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "./safetensors.js";

/** A file from a header and data bytes, faults included. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0), claim?: bigint): Uint8Array {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, claim ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

describe("safetensors", () => {
  it("reads back what it wrote, bit for bit, at any offset of a larger buffer", () => {
    const values = Float32Array.of(1.5, -0, 3e-45, Number.MAX_VALUE, Math.PI, 7);
    const written = writeSafetensors(
      [
        ["a", { shape: [2, 3], values }],
        ["b", { shape: [], values: Float32Array.of(2) }],
      ],
      { format: "pt" },
    );
    const shifted = new Uint8Array(written.length + 3);
    shifted.set(written, 3);
    const { tensors, metadata } = readSafetensors(shifted.subarray(3));
    expect(metadata).toEqual({ format: "pt" });
    expect(tensors.get("a")).toEqual({ shape: [2, 3], values });
    expect(tensors.get("b")).toEqual({ shape: [], values: Float32Array.of(2) });
    expect(Number(new DataView(written.buffer).getBigUint64(0, true)) % 8).toBe(0);
  });

  it("widens F16, BF16 and I64", () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x3f80, 0xc020);
    const longs = BigInt64Array.of(-3n);
    const data = new Uint8Array(20);
    data.set(new Uint8Array(halves.buffer));
    data.set(new Uint8Array(longs.buffer), 12);
    const { tensors } = readSafetensors(
      file(
        {
          half: { dtype: "F16", shape: [4], data_offsets: [0, 8] },
          brain: { dtype: "BF16", shape: [2], data_offsets: [8, 12] },
          long: { dtype: "I64", shape: [1], data_offsets: [12, 20] },
        },
        data,
      ),
    );
    expect([...(tensors.get("half")?.values ?? [])]).toEqual([1, -2, 2 ** -24, 65504]);
    expect([...(tensors.get("brain")?.values ?? [])]).toEqual([1, -2.5]);
    expect([...(tensors.get("long")?.values ?? [])]).toEqual([-3]);
  });

  const four = new Uint8Array(8);
  const tensor = (from: number, to: number, shape = [1], dtype = "F32") => ({
    dtype,
    shape,
    data_offsets: [from, to],
  });
  it.each([
    ["a file cut off in its header's length", new Uint8Array(7), /7 bytes/],
    [
      "a header of more than 100 MB",
      file({}, four, 200n * 1024n * 1024n),
      /claims 209715200 bytes/,
    ],
    ["a header longer than the file", file({}, four, 900n), /claims 900 bytes of a file of/],
    ["a header that is not JSON", file("{nope"), /not JSON/],
    ["a header that is a list", file([]), /not a JSON object/],
    ["overlapping tensors", file({ a: tensor(0, 4), b: tensor(2, 6) }, four), /b overlaps/],
    ["an offset beyond the data", file({ a: tensor(8, 12) }, four), /ends at 12 of 8/],
    ["a size that does not fit the shape", file({ a: tensor(0, 8, [3]) }, four), /needs 12 bytes/],
    [
      "a negative side",
      file({ a: tensor(0, 4, [-1]) }, four),
      /lacks dtype, shape or data_offsets/,
    ],
    ["an unsupported type", file({ a: tensor(0, 8, [1], "F64") }, four), /is F64/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrowError(
      expect.objectContaining({ code: "bad-checkpoint" }),
    );
    expect(() => readSafetensors(bytes)).toThrow(message);
  });
});
