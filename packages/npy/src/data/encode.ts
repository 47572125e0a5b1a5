import { NpyError } from "../errors.js";

/**
 * The elements of a `<U` array: every string in UTF-32, little-endian, padded with zeros to `characters`
 * code points. Throws `value-out-of-range` for a longer one.
 */
export function encodeStrings(strings: readonly string[], characters: number): Uint8Array {
  const bytes = new Uint8Array(strings.length * characters * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, text] of strings.entries()) {
    let count = 0;
    for (const character of text) {
      if (count === characters) {
        throw new NpyError(
          "value-out-of-range",
          `npy: string ${index} is longer than ${characters} characters`,
        );
      }
      view.setUint32((index * characters + count) * 4, character.codePointAt(0)!, true);
      count += 1;
    }
  }
  return bytes;
}
