import { decodeIntegers, decodeStrings } from "../data/decode.js";
import type { NpyStream } from "../data/stream.js";
import { NpyError } from "../errors.js";

/** The ids of vectors' rows, strings or whole numbers, (n). Throws `wrong-dimensions`, `wrong-dtype`. */
export async function readVectorIds(npy: NpyStream): Promise<string[]> {
  const { header } = npy;
  if (header.shape.length !== 1) {
    throw new NpyError(
      "wrong-dimensions",
      `npy: ids have the shape (rows); this array has (${header.shape.join(", ")})`,
    );
  }
  const ids: string[] = [];
  for await (const { start, bytes } of npy.blocks()) {
    const own =
      header.dtype === "str"
        ? decodeStrings(header, bytes)
        : Array.from(decodeIntegers(header, bytes, start), String);
    for (const id of own) ids.push(id);
  }
  return ids;
}

/** By row: the place of the vector with its id, -1 where none has it. Throws `duplicate-id`. */
export function placesById(
  ids: readonly (string | null)[],
  vectorIds: readonly string[],
): Int32Array {
  const placeOf = new Map<string, number>();
  for (const [place, id] of vectorIds.entries()) {
    const first = placeOf.get(id);
    if (first !== undefined) {
      throw new NpyError(
        "duplicate-id",
        `npy: it has the id ${JSON.stringify(id)} at ${first} and at ${place}; each vector needs an id of its own`,
      );
    }
    placeOf.set(id, place);
  }
  return Int32Array.from(ids, (id) => (id === null ? -1 : (placeOf.get(id) ?? -1)));
}
