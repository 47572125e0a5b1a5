import { stripVTControlCharacters } from "node:util";
import { createProgram } from "@winnow/cli";
import { createClient } from "@winnow/client";
import { poolOf } from "@winnow/store/testing";
import stringWidth from "string-width";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { runReview } from "../../../apps/cli/src/review/run-review.js";
import { PLAIN } from "../../../apps/cli/src/terminal/paint.js";
import { openTestApi, type TestApi } from "../../support/api.js";
import { seedPruning } from "../../support/seed-data.js";

let api: TestApi;
let url: string;
let seeded: Awaited<ReturnType<typeof seedPruning>>;
const HOSTILE = "\u001b[31mred\u001b]0;title\u0007 \u202eesrever 汉字 ".repeat(40);

beforeAll(async () => {
  api = await openTestApi();
  url = await api.listen();
});
beforeEach(async () => {
  seeded = await seedPruning(api.store, 42);
});
afterAll(() => api.close());

/** Presses the keys one after the other; returns the pages that were drawn. */
async function press(keys: readonly string[], columns = 80) {
  const pages: string[][] = [];
  async function* typed() {
    yield* keys;
  }
  const decided = await runReview({
    client: createClient(url),
    id: seeded.pruningId,
    order: "worst",
    keys: typed(),
    draw: (lines) => pages.push([...lines]),
    columns: () => columns,
    paint: PLAIN,
  });
  return { decided, pages };
}

const reviews = async () =>
  (await createClient(url).call("listReviews", { params: { id: seeded.datasetId } })).data.map(
    ({ ordinal, verdict, label }) => [ordinal, verdict, label],
  );

it("each key decides and goes on; Z goes back; arrows decide nothing", async () => {
  // The flags are rows 0, 7, 14, ... of the classes 0, 1, 2 in turn.
  const { decided, pages } = await press(["q", "W", "e", "n", "\u001b[B", "3", "z", "z", "X", "q"]);
  expect(decided).toBe(3);
  expect(await reviews()).toEqual([
    [0, "keep", null],
    [7, "relabel", "class-2"],
    [14, "drop", null],
  ]);
  expect(pages[0]?.[0]).toBe("0 of 6 flags decided");
  expect(pages.at(-1)?.[0]).toBe("3 of 6 flags decided");
  expect(pages.at(-1)?.join("\n")).toContain("Undone.");
});

it("shows the labels of the rows whose vectors are nearest", async () => {
  const evidence = {
    ...{ suggested: [], given: [], classSizes: 0, difference: 1 },
    nearest: [
      { ordinal: 3, label: "class-2", similarity: 0.93 },
      { ordinal: 5, label: "class-1", similarity: 0.8 },
    ],
  };
  await poolOf(api.store).query(
    "INSERT INTO flag_evidence SELECT pruning_key, ordinal, $1 FROM flags ON CONFLICT DO NOTHING",
    [evidence],
  );
  const { pages } = await press(["x"]);
  expect(pages[0]?.join("\n")).toMatch(/^ {2}nearest +class-2 0\.93 {2}class-1 0\.80$/m);
});

it("shows the sheet, and the end of the queue", async () => {
  const { pages } = await press(["?", ...Array<string>(6).fill("q"), "x"]);
  expect(pages[1]?.join("\n")).toContain("undo the last decision");
  expect(pages.at(-1)?.join("\n")).toContain("None of the flags is left to decide");
});

it("whoever comes second is told, and replaces nothing unseen", async () => {
  const client = createClient(url);
  async function* typed() {
    yield "?";
    await client.call("createReviews", {
      params: { id: seeded.datasetId },
      body: { type: "rows", reviews: [{ ordinal: 0, verdict: "drop" }] },
    });
    yield "q";
  }
  const pages: string[] = [];
  await runReview({
    ...{ client, id: seeded.pruningId, order: "worst", keys: typed(), paint: PLAIN },
    draw: (lines) => pages.push(lines.join("\n")),
    columns: () => 80,
  });
  expect(pages.at(-1)).toContain("Somebody else has just reviewed this row");
  expect(await reviews()).toEqual([[0, "drop", null]]);
});

it("hostile texts stay in their lines and steer nothing, in 80 columns and in 40", async () => {
  await poolOf(api.store).query("UPDATE samples SET text = $1", [HOSTILE]);
  for (const columns of [80, 40]) {
    const { pages } = await press(["x"], columns);
    for (const line of pages[0]!) {
      expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  }
});

it("check ends with 1 above a limit, and diff compares two versions", async () => {
  const run = async (...args: string[]) => {
    process.exitCode = 0;
    await createProgram().parseAsync(["node", "winnow", ...args, "--url", url, "--json"]);
    const code = process.exitCode;
    process.exitCode = 0;
    return code;
  };
  expect(await run("check", seeded.pruningId, "--max-noise", "0.2")).toBe(0);
  expect(await run("check", seeded.pruningId, "--max-noise", "0.01")).toBe(1);
  expect(await run("diff", seeded.datasetId, seeded.datasetId)).toBe(0);
  await expect(run("check", seeded.pruningId)).rejects.toThrow("--max-noise");
});

it("a sample is drawn, reviewed by keys and shown; the report and check go by it then", async () => {
  const run = async (...args: string[]) => {
    const printed: string[] = [];
    const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed.push(String(text));
      return true;
    });
    try {
      process.exitCode = 0;
      await createProgram().parseAsync(["node", "winnow", ...args, "--url", url]);
      // Where CI is set, a pipe gets colours.
      const text = stripVTControlCharacters(printed.join(""));
      return { code: process.exitCode, text };
    } finally {
      write.mockRestore();
      process.exitCode = 0;
    }
  };
  const drawn = await run("review-sample", "draw", seeded.pruningId, "--size", "42", "--json");
  const { id, size } = JSON.parse(drawn.text) as { id: string; size: number };
  expect(size).toBe(42);
  expect((await run("review-sample", "show", id)).text).toMatch(/noise rate +unknown yet/);
  // Four rows are dropped, the others kept.
  async function* typed() {
    yield* [..."eeee", ..."q".repeat(38), "x"];
  }
  const pages: string[][] = [];
  const decided = await runReview({
    ...{ client: createClient(url), id, order: "worst", keys: typed(), paint: PLAIN },
    draw: (lines) => pages.push([...lines]),
    columns: () => 80,
  });
  expect(decided).toBe(42);
  expect(pages[0]?.[0]).toBe("0 of 42 sampled rows decided");
  expect(pages.at(-1)?.join("\n")).toContain("None of the sampled rows is left to decide");
  const shown = (await run("review-sample", "show", id)).text;
  expect(shown).toMatch(/reviewed +42 of 42/);
  expect(shown).toMatch(/noise rate +9\.5 % {2}9\.5 % to 9\.5 % {2}of all labels are wrong/);
  expect((await run("review-sample", "list", seeded.datasetId)).text).toContain(id);
  expect((await run("report", seeded.pruningId)).text).toMatch(/sampled +9\.5 %/);
  // The model says 15 %.
  const checked = await run("check", seeded.pruningId, "--max-noise", "0.1");
  expect(checked).toMatchObject({ code: 0, text: expect.stringContaining("by a reviewed sample") });
});
