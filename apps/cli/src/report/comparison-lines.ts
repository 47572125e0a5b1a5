import type { Comparison } from "@winnow/contracts";
import { hang } from "../terminal/hang.js";
import { table } from "../terminal/table.js";
import { count } from "../terminal/text.js";

const RIGHT = new Set([1, 2, 3, 4]);

/** A comparison as tables of at most `width` columns. */
export function comparisonLines(found: Comparison, width: number): string[] {
  const versions = found.versions.map(({ version, learned, accuracy, difference }) => [
    version,
    count(learned),
    percents(accuracy.estimate),
    version === "original" ? "" : signed(difference.estimate),
    version === "original" ? "" : `${signed(difference.low)} to ${signed(difference.high)}`,
  ]);
  const curve = (found.curve ?? []).map(({ share, reviewed, byFlags, atRandom }) => [
    percents(share),
    count(reviewed),
    percents(byFlags.estimate),
    percents(atRandom.estimate),
  ]);
  return [
    "",
    ...table([["version", "rows", "accuracy", "gain", "95 %"], ...versions], {
      width,
      right: RIGHT,
    }),
    "",
    ...hang("", `In percent of ${count(found.judged)} rows. ${found.note}`, width),
    ...(curve.length > 0
      ? [
          "",
          ...table([["% reviewed", "rows", "by flags", "at random"], ...curve], {
            width,
            right: RIGHT,
          }),
        ]
      : []),
  ];
}

const percents = (share: number): string => (share * 100).toFixed(1);

const signed = (share: number): string => `${share >= 0 ? "+" : ""}${percents(share)}`;
