import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeGroups, decodeTokens, encodeGroups, encodeTokens } from "./token-file.js";

const joined = (parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

const texts = fc.array(fc.array(fc.nat(60_000), { maxLength: 5 }), { minLength: 1, maxLength: 20 });

it.each([Uint16Array, Int32Array])("tokens are the same after a round trip (%o)", (Ids) => {
  fc.assert(
    fc.property(texts, fc.array(fc.string({ unit: "grapheme" })), (rows, vocabulary) => {
      const offsets = new Int32Array(rows.length + 1);
      rows.forEach((row, i) => {
        offsets[i + 1] = offsets[i]! + row.length;
      });
      const tokens = { ids: Ids.from(rows.flat()), offsets };
      const content = joined(encodeTokens({ tokens, vocabulary }));
      expect(decodeTokens(content, rows.length)).toEqual({ tokens, vocabulary });
      expect(decodeTokens(content, rows.length + 1)).toBeNull();
      expect(decodeGroups(content, rows.length)).toBeNull();
      expect(decodeTokens(content.slice(0, -1), rows.length)).toBeNull();
    }),
  );
});

it("groups are the same after a round trip", () => {
  const groups = Int32Array.of(0, 0, 2, 3, 2);
  const content = joined(encodeGroups(groups));
  expect(decodeGroups(content, 5)).toEqual(groups);
  expect(decodeGroups(content, 4)).toBeNull();
  expect(decodeGroups(new Uint8Array(0), 5)).toBeNull();
});
