import { describe, expect, it } from "vitest";
import { RowStore, type Scratch } from "./row-store.js";

function memoryScratch(): Scratch & { bytes: number[] } {
  const bytes: number[] = [];
  return {
    bytes,
    append: (more) => {
      const start = bytes.length;
      for (const byte of more) bytes.push(byte);
      return start;
    },
    read: (at, into) => into.set(bytes.slice(at, at + into.length)),
  };
}

describe("rows of whole numbers", () => {
  it("are read again in any order, those of the file too", () => {
    const scratch = memoryScratch();
    // Rows of which one to three fill a chunk.
    const lengths = [400_000, 0, 700_000, 3, 1_500_000, 1, 500_000];
    const rows = new RowStore(lengths.length, scratch, 1);
    lengths.forEach((length, row) => {
      rows.append(
        Uint32Array.from({ length: length + 2 }, (_, i) => row * 10_000_000 + i),
        length,
      );
    });
    rows.close();
    expect(scratch.bytes.length).toBeGreaterThan(4_000_000);
    for (const row of [0, 6, 2, 1, 4, 4, 5, 3, 0]) {
      const read = rows.row(row);
      expect(read.length).toBe(lengths[row]);
      if (read.length === 0) continue;
      expect([read[0], read.at(-1)]).toEqual([
        row * 10_000_000,
        row * 10_000_000 + lengths[row]! - 1,
      ]);
    }
  });
});
