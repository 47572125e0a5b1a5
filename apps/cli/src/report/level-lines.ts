import type { PruningReport } from "@winnow/contracts";
import type { Paint } from "../terminal/paint.js";
import { table } from "../terminal/table.js";
import { count, percent } from "../terminal/text.js";

/** Noise and accuracy at each level of the label tree; nothing for classes without parents. */
export function levelLines(levels: PruningReport["levels"], width: number, paint: Paint): string[] {
  if (!levels) return [];
  const heads = ["  level", "classes", "noise", "accuracy"].map(paint.dim);
  const lines = levels.map(({ level, classes, noiseRate, accuracy }) => [
    `  ${level}`,
    count(classes.length),
    percent(noiseRate),
    percent(accuracy),
  ]);
  return [
    paint.bold("Levels of the label tree"),
    ...table([heads, ...lines], { right: new Set([1, 2, 3]), width }),
    "",
  ];
}
