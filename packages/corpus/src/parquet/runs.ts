import { deltaBinaryUnpack } from "hyparquet/src/delta.js";

// The values inside a page claim counts of their own, which the library believes: a run of 2^30 levels has
// five bytes, and grows the array that it is read into.

/** A view of a page, and where in it to read. */
export interface Cursor {
  readonly view: DataView;
  offset: number;
}

/** Writers fill the last bit-packed run up, some of them generously. */
const MAX_FILL = 1024;
/** More bytes than values of one page that share their beginnings unfold to. */
const MAX_UNFOLDED_BYTES = 64 * 1024 * 1024;

/**
 * Checks runs of `count` values (RLE and bit-packed) that end before `end`: none may hold more values than are
 * left. With `fewer` there may be less of them: nulls have none.
 */
export function checkRuns(
  view: DataView,
  start: number,
  end: number,
  width: number,
  count: number,
  fewer = false,
): void {
  if (width > 32) throw new Error(`values of ${width} bits`);
  if (end > view.byteLength) throw new Error(`levels of ${end - start} bytes in a shorter page`);
  const reader = { view, offset: start };
  const valueBytes = (width + 7) >> 3;
  for (let seen = 0; seen < count; ) {
    if (reader.offset >= end && fewer) return;
    if (reader.offset >= end) throw new Error(`${seen} values where a page says ${count}`);
    const header = varint(reader);
    const isPacked = header % 2 === 1;
    const values = Math.floor(header / 2) * (isPacked ? 8 : 1);
    if (values > count - seen + (isPacked ? MAX_FILL : 0)) {
      throw new Error(`a run of ${values} values where ${count - seen} are left`);
    }
    seen += values;
    reader.offset += isPacked ? (values / 8) * width : valueBytes;
  }
}

/** Checks the head of deltas, which says how they are laid out. Returns how many values it claims. */
export function checkDeltas({ view, offset }: Cursor, count: number): number {
  const reader = { view, offset };
  const block = varint(reader);
  const miniblocks = varint(reader);
  const claimed = varint(reader);
  const isLaidOut = miniblocks > 0 && miniblocks <= block / 8 && block <= 1 << 20;
  if (!isLaidOut) throw new Error(`deltas in ${miniblocks} parts of blocks of ${block}`);
  if (claimed > count) throw new Error(`${claimed} deltas where a page says ${count} values`);
  return claimed;
}

/** Checks the lengths of texts that repeat the beginning of the one before. */
export function checkFrontCoded(page: Cursor, count: number): void {
  const reader = { view: page.view, offset: page.offset };
  const lengths = () => {
    const claimed = checkDeltas(reader, count);
    const values = new Int32Array(claimed);
    if (claimed > 0) deltaBinaryUnpack(reader, claimed, values);
    return values;
  };
  const prefixes = lengths();
  if (prefixes.length === 0) return;
  const suffixes = lengths();
  let unfolded = 0;
  let before = 0;
  prefixes.forEach((prefix, i) => {
    const suffix = suffixes[i] ?? 0;
    if (prefix < 0 || suffix < 0 || prefix > before) {
      throw new Error(`a text that repeats ${prefix} bytes of ${before}`);
    }
    before = prefix + suffix;
    unfolded += before;
  });
  if (unfolded > MAX_UNFOLDED_BYTES) throw new Error(`a page that unfolds to ${unfolded} bytes`);
}

function varint(reader: Cursor): number {
  let value = 0;
  for (let i = 0; i < 5; i += 1) {
    const byte = reader.view.getUint8(reader.offset++);
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return value;
  }
  throw new Error("a count of more than five bytes");
}
