import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { hang } from "./hang.js";
import { progressLine } from "./progress-bar.js";

const ID = "ds_01a2164e-ab34-7771-a5aa-cdfca68628d2";

describe("the line of a running step", () => {
  it.each([20, 40, 60, 80, 120])("leaves the last of %i columns free, with any text", (width) => {
    for (const text of [
      "",
      "3 s left · 1 of 3 folds done",
      "足球比赛的标题，一个很长的中文说明，没有空格",
    ]) {
      for (const share of [0, 0.005, 0.5, 1, 7]) {
        const line = progressLine("training", { share, text }, width);
        expect(stringWidth(line)).toBeLessThan(Math.max(width, 31));
        expect(line).toMatch(/\d+ %/);
      }
    }
  });

  it("has a blank after the longest name too", () => {
    for (const width of [40, 80]) {
      const line = progressLine("experiment", { share: 0.5, text: "57 s left" }, width);
      expect(line).toMatch(/experiment\s/);
      expect(stringWidth(line)).toBeLessThan(width);
    }
  });

  it("shows the text wherever there is room for more than a few letters", () => {
    const at = (width: number) =>
      progressLine("training", { share: 0.25, text: "12 s left" }, width);
    expect(at(80)).toContain("25 %  12 s left");
    expect(at(40)).toMatch(/25 % {2}12 s left$/);
    expect(at(32)).toMatch(/25 %$/);
  });
});

describe("lines that hang below a prefix", () => {
  it("break between parts, and leave what fits on one line", () => {
    expect(hang("  ✓ ingest    ", `${ID}  6,000 rows  0.5 s`, 100)).toEqual([
      `  ✓ ingest    ${ID}  6,000 rows  0.5 s`,
    ]);
    expect(hang("  ✓ ingest    ", `${ID}  6,000 rows, 0 rejected  0.5 s`, 80)).toEqual([
      `  ✓ ingest    ${ID}  6,000 rows, 0 rejected`,
      "              0.5 s",
    ]);
  });

  it("never break an id that fits a line: its indent gives way", () => {
    expect(hang("  ✓ ingest    ", `${ID}  6,000 rows`, 40)).toEqual([
      "  ✓ ingest",
      ` ${ID}`,
      "              6,000 rows",
    ]);
  });

  it.each([20, 40, 80])("fit %i columns with words, ids and wide characters", (width) => {
    const text = `${ID}  the same file as ${ID}, ${ID}  足球比赛的标题没有空格足球比赛的标题没有空格足球比赛  0.5 s`;
    const lines = hang("  ✓ ingest    ", text, width);
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    const bare = (said: string) => said.replaceAll(/\s/g, "");
    expect(bare(lines.join(""))).toBe(bare(`  ✓ ingest    ${text}`));
  });

  it("without a limit stay one line", () => {
    expect(hang("error  ", `a: ${"word ".repeat(100)}end`, Number.POSITIVE_INFINITY)).toHaveLength(
      1,
    );
  });
});
