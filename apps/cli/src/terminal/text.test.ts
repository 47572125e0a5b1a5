import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { table } from "./table.js";
import { age, bytes, duration, fit, pad, percent } from "./text.js";

describe("text for a terminal", () => {
  it("is cut by columns, of which a Chinese character takes two", () => {
    expect(fit("足球比赛", 8)).toBe("足球比赛");
    expect(fit("足球比赛", 7)).toBe("足球比…");
    expect(fit("足球比赛", 6)).toBe("足球…");
    for (let width = 1; width < 30; width += 1) {
      const text = fit("Opinion: 主队门将 wins 👩‍👩‍👧 the final", width);
      expect(stringWidth(text)).toBeLessThanOrEqual(width);
    }
  });

  it("has no control character that could steer the terminal", () => {
    expect(fit("a\u001b[31mb\nc\u202ed", 40)).toBe("a [31mb c d");
  });

  it("is padded by columns on either side", () => {
    expect(pad("足球", 6)).toBe("足球  ");
    expect(pad("7", 3, "left")).toBe("  7");
    expect(pad("too long", 3)).toBe("too long");
  });

  it("stands in columns as wide as their widest cell", () => {
    const lines = table(
      [
        ["a", "1"],
        ["足球", "100"],
      ],
      { right: new Set([1]) },
    );
    expect(lines).toEqual(["a       1", "足球  100"]);
  });

  it("continues in a further line where a row is too wide, column below column", () => {
    const rows = [
      ["job_1", "fold-training", "a note"],
      ["job_2", "pruning", ""],
    ];
    expect(table(rows, { width: 22 })).toEqual([
      "job_1  fold-training",
      "    a note",
      "job_2  pruning",
    ]);
    expect(table(rows, { width: 3 })).toEqual([
      ...["job_1", "    fold-training", "    a note"],
      ...["job_2", "    pruning"],
    ]);
  });

  it("formats figures with their units", () => {
    expect([bytes(999), bytes(526_900), bytes(2_500_000_000)]).toEqual([
      "999 B",
      "526.9 kB",
      "2.5 GB",
    ]);
    expect([duration(940), duration(99_940), duration(245_000)]).toEqual([
      "0.9 s",
      "99.9 s",
      "4 min 05 s",
    ]);
    expect([
      age(-5),
      age(59_999),
      age(3_599_999),
      age(47.9 * 3_600_000),
      age(48 * 3_600_000),
    ]).toEqual(["0 s", "59 s", "59 min", "47 h", "2 d"]);
    expect([percent(0.1234), percent(null)]).toEqual(["12.3 %", "n/a"]);
  });
});
