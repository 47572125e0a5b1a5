import { describe, expect, it } from "vitest";
import { findNearDuplicates } from "./near-duplicate-profile.js";

/** Rows as a dataset yields them, in batches of 7. */
function rowsOf(rows: readonly (readonly [text: string, label: number])[]) {
  return {
    async *read() {
      for (let at = 0; at < rows.length; at += 7) {
        const part = rows.slice(at, at + 7);
        yield { texts: part.map(([text]) => text), labels: part.map(([, label]) => label) };
      }
    },
    textsOf: async (ordinals: readonly number[]) =>
      new Map(ordinals.map((ordinal) => [ordinal, rows[ordinal]?.[0] ?? ""])),
  };
}

const strangers = Array.from(
  { length: 30 },
  (_, i) =>
    [
      `${String.fromCharCode(...Array.from({ length: 20 }, (_, c) => 0x4e00 + i * 40 + c))}`,
      0,
    ] as const,
);

describe("the profile of near-duplicates", () => {
  it("counts groups, their rows beyond the first, and groups with different labels", async () => {
    const phone = "How the new phone was built, and why it matters to us";
    const river = "The river rose again over night, and the town woke up to it";
    const { profile: found } = await findNearDuplicates(
      rowsOf([
        [phone, 0],
        ...strangers,
        [phone.toLowerCase(), 0],
        [river, 1],
        [`${phone}!`, 2],
        [`${river}...`, 1],
      ]),
      ["news", "weather", "tech"],
    );
    expect(found).toEqual({
      groups: 2,
      rows: 3,
      conflictingGroups: 1,
      largest: [
        { rows: 3, texts: [phone, phone.toLowerCase(), `${phone}!`], labels: ["news", "tech"] },
        { rows: 2, texts: [river, `${river}...`], labels: ["weather"] },
      ],
    });
  });

  it("lists the twenty largest groups and the first five texts of each", async () => {
    const rows = strangers.flatMap(([text], i) =>
      Array.from({ length: i + 1 }, () => [text, 0] as const),
    );
    const found = await findNearDuplicates(rowsOf(rows), ["a"]);
    const { groups, largest } = found.profile;
    expect(groups).toBe(29);
    expect(largest.map((group) => group.rows)).toEqual(
      Array.from({ length: 20 }, (_, i) => 30 - i),
    );
    expect(new Set(largest.map((group) => group.texts.length))).toEqual(new Set([5]));
  });

  it("finds nothing among texts that all differ, and stops when aborted", async () => {
    expect((await findNearDuplicates(rowsOf(strangers), ["a"])).profile).toEqual({
      groups: 0,
      rows: 0,
      conflictingGroups: 0,
      largest: [],
    });
    const stopped = AbortSignal.abort(new Error("enough"));
    await expect(findNearDuplicates(rowsOf(strangers), ["a"], stopped)).rejects.toThrow("enough");
  });
});
