import { decodeFloats } from "../data/decode.js";
import type { FloatBlock } from "../data/read-whole.js";
import type { BlockOptions, NpyStream } from "../data/stream.js";
import { NpyError } from "../errors.js";
import { vectorLayout } from "./layout.js";

/** Some vectors, also as the bytes of the file's type in the machine's order: `decodeOwn` reads them. */
export interface VectorRows extends FloatBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Places in the order of a file, each once, and where each row's stands among them; null: in that order. */
export interface FileOrder {
  readonly wanted: Int32Array;
  readonly order: Int32Array | null;
}

/** How rows at some places are read out of a file in one pass. */
export function fileOrder(places: Int32Array): FileOrder {
  if (places.every((place, row) => row === 0 || place > places[row - 1]!)) {
    return { wanted: places, order: null };
  }
  const wanted = Int32Array.from(new Set(places)).sort();
  const among = new Map<number, number>();
  for (const [at, place] of wanted.entries()) among.set(place, at);
  return { wanted, order: places.map((place) => among.get(place)!) };
}

/**
 * The vectors at some places, ascending and each once, in blocks; `start` counts those that were asked for. Rows that
 * were rejected have vectors too, which are passed over and may hold anything. Throws `invalid-vectors`
 * with the row and the column of a value that is no finite number.
 */
export async function* vectorsAt(
  npy: NpyStream,
  places: Int32Array,
  options: BlockOptions = {},
): AsyncGenerator<VectorRows, void, void> {
  const { header } = npy;
  const { columns } = vectorLayout(header);
  const rowBytes = columns * header.itemSize;
  let next = 0;
  for await (const { start, rows, bytes } of npy.blocks(options)) {
    const first = next;
    for (; next < places.length && places[next]! < start + rows; next++) {
      const from = (places[next]! - start) * rowBytes;
      const to = (next - first) * rowBytes;
      if (from !== to) bytes.copyWithin(to, from, from + rowBytes);
    }
    if (next === first) continue;
    const kept = bytes.subarray(0, (next - first) * rowBytes);
    const values = decodeFloats(header, kept);
    requireNumbers(values, columns, places.subarray(first, next));
    yield { start: first, rows: next - first, values, bytes: kept };
  }
}

/** The numbers of bytes that `vectorsAt` gave. */
export const decodeOwn = (npy: Pick<NpyStream, "header">, bytes: Uint8Array<ArrayBuffer>) =>
  decodeFloats({ ...npy.header, littleEndian: HOST_IS_LITTLE_ENDIAN }, bytes);

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function requireNumbers(values: ArrayLike<number>, columns: number, places: Int32Array): void {
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at]!)) continue;
    throw new NpyError(
      "invalid-vectors",
      `npy: row ${places[Math.floor(at / columns)]}, column ${at % columns}: ${values[at]} is not a ` +
        "finite number; encode the row anew, or replace its values by zeros",
    );
  }
}
