import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { locateRow } from "../format/locate-row.js";
import { ownedRejects, REJECT_COLUMNS, rejectWriter } from "./rejects.js";
import type { RowBlock } from "./row-block.js";
import { RowBlockError } from "./row-block-error.js";
import { ownedSamples, SAMPLE_COLUMNS, type SampleRow, sampleWriter } from "./samples.js";

const sample = (ordinal: number, more: Partial<SampleRow> = {}): SampleRow => ({
  ordinal,
  line: ordinal + 2,
  externalId: ordinal % 2 === 0 ? null : `id ${ordinal}`,
  text: `text ${ordinal}`,
  classIndex: ordinal % 3,
  trueClassIndex: null,
  ...more,
});
const blockOf = (samples: SampleRow[]) => sampleWriter().blockOf(samples);
const start = () => ({ rows: 0, maxClass: -1 });

/** Offsets of each row's fields. */
function located(bytes: Buffer, columns: number): Int32Array[] {
  const rows: Int32Array[] = [];
  const lengths = new Int32Array(columns);
  for (let at = 0; at < bytes.length; ) {
    const offsets = new Int32Array(columns);
    at = locateRow(bytes, at, offsets, lengths);
    rows.push(offsets);
  }
  return rows;
}

describe("a block of samples", () => {
  it("gets the key of its dataset, and goes on where the one before ended", () => {
    const soFar = start();
    const first = ownedSamples(blockOf([sample(0), sample(1, { trueClassIndex: 8 })]), 77, soFar);
    expect(soFar).toEqual({ rows: 2, maxClass: 8 });
    const second = ownedSamples(blockOf([sample(2, { allClassIndexes: [2, 0] })]), 77, soFar);
    expect(soFar).toEqual({ rows: 3, maxClass: 8 });
    for (const bytes of [first, second]) {
      for (const offsets of located(bytes, SAMPLE_COLUMNS.length)) {
        expect(bytes.readInt32BE(offsets[0]!)).toBe(77);
      }
    }
  });

  it("is refused whose rows do not follow each other", () => {
    const refused = [[sample(1)], [sample(0), sample(2)], [sample(0), sample(0)]];
    for (const samples of refused) {
      expect(() => ownedSamples(blockOf(samples), 1, start())).toThrow(RowBlockError);
    }
  });

  it("is refused with a class below 0", () => {
    for (const more of [{ classIndex: -1 }, { trueClassIndex: -1 }]) {
      expect(() => ownedSamples(blockOf([sample(0, more)]), 1, start())).toThrow(RowBlockError);
    }
  });

  it("is refused with more or fewer rows than it says", () => {
    const { bytes } = blockOf([sample(0), sample(1)]);
    for (const rows of [0, 1, 3, 2 ** 40]) {
      expect(() => ownedSamples({ rows, bytes }, 1, start())).toThrow(RowBlockError);
    }
  });

  it("never reads beyond its bytes, whatever they are", () => {
    const whole = blockOf([sample(0), sample(1), sample(2)]);
    const change = fc.record({
      at: fc.nat(whole.bytes.length - 1),
      value: fc.constantFrom(0, 1, 4, 127, 128, 255),
      end: fc.nat(whole.bytes.length),
    });
    fc.assert(
      fc.property(change, ({ at, value, end }) => {
        const bytes = Uint8Array.from(whole.bytes.subarray(0, end));
        if (at < end) bytes[at] = value;
        expectRowsOrRefusal({ rows: 3, bytes });
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Either three whole rows in order, or an error of ours. */
function expectRowsOrRefusal(block: RowBlock): void {
  const soFar = start();
  try {
    ownedSamples(block, 1, soFar);
  } catch (error) {
    expect(error).toBeInstanceOf(RowBlockError);
    return;
  }
  expect(soFar.rows).toBe(3);
}

describe("a block of rejects", () => {
  const reject = (line: number) => ({ line, reason: "empty-text", detail: "空", excerpt: "a,b" });

  it("becomes rows of its dataset", () => {
    const bytes = ownedRejects(rejectWriter().blockOf([reject(3), reject(9)]), "ds_1");
    const rows = located(bytes, REJECT_COLUMNS.length);
    expect(rows.map((offsets) => bytes.readInt32BE(offsets[1]!))).toEqual([3, 9]);
    for (const [id] of rows) expect(bytes.toString("utf8", id, id! + 4)).toBe("ds_1");
  });

  it("is refused with other rows than it says, or cut", () => {
    const { bytes } = rejectWriter().blockOf([reject(3), reject(9)]);
    for (const rows of [1, 3]) {
      expect(() => ownedRejects({ rows, bytes }, "ds_1")).toThrow(RowBlockError);
    }
    for (let end = 1; end < bytes.length; end++) {
      const cut = { rows: 2, bytes: bytes.slice(0, end) };
      expect(() => ownedRejects(cut, "ds_1")).toThrow(RowBlockError);
    }
  });

  it("is refused with the rows of samples", () => {
    expect(() => ownedRejects(blockOf([sample(0)]), "ds_1")).toThrow(RowBlockError);
  });
});
