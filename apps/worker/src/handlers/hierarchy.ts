import {
  type LabelIssues,
  type LabelLevel,
  labelLevels,
  noiseAtLevel,
  treeDistance,
} from "@winnow/confident-learning";
import type { LevelReport, PruningOptions } from "@winnow/contracts";
import type { ConfusionCell } from "@winnow/store";

/** A joint of more groups is left to the route of the joint: the report stays small. */
const MOST_GROUPS = 200;

/**
 * The noise and the model's accuracy at each level of the label tree; undefined where no class has a
 * parent. `cells` say how often which class was predicted for which given one.
 */
export function levelReports(
  issues: LabelIssues,
  classNames: readonly string[],
  cells: readonly ConfusionCell[],
): LevelReport[] | undefined {
  const levels = labelLevels(classNames);
  if (levels.length < 2) return undefined;
  const joint = Float64Array.from(issues.joint.flat());
  return levels.map((level) => {
    const { names, noise, noiseOf, joint: grouped } = noiseAtLevel(joint, level);
    const g = names.length;
    const { given, agreed } = countsOf(level, cells);
    const rows = given.reduce((sum, count) => sum + count, 0);
    return {
      level: level.level,
      noiseRate: noise,
      accuracy: agreed.reduce((sum, count) => sum + count, 0) / rows,
      classes: names.map((name, i) => ({
        name,
        given: given[i]!,
        labelNoise: noiseOf[i]!,
        accuracy: given[i] === 0 ? null : agreed[i]! / given[i]!,
      })),
      joint:
        g > MOST_GROUPS
          ? null
          : Array.from({ length: g }, (_, i) => [...grouped.subarray(i * g, (i + 1) * g)]),
    };
  });
}

function countsOf({ names, groupOf }: LabelLevel, cells: readonly ConfusionCell[]) {
  const given = new Float64Array(names.length);
  const agreed = new Float64Array(names.length);
  for (const cell of cells) {
    const group = groupOf[cell.given]!;
    given[group]! += cell.rows;
    if (groupOf[cell.argmax] === group) agreed[group]! += cell.rows;
  }
  return { given, agreed };
}

/**
 * The places of the flags in the order that a label tree gives them; those that it does not tell apart
 * stay in their order. `weight`: by the probability of an error times how far it reaches in the tree.
 * `level-1-first`: suspected errors across parents, then those between sisters.
 */
export function byHierarchy(
  hierarchy: PruningOptions["hierarchy"],
  issues: LabelIssues,
  places: Int32Array,
  classNames: readonly string[],
): Int32Array {
  const levels = labelLevels(classNames);
  if (hierarchy === "ignore" || levels.length < 2) return places;
  const [top] = levels;
  const costs = new Float64Array(issues.indices.length);
  for (const place of places) {
    const { given, suggested, errorProbability, selfConfidence } = issues.flagAt(place);
    if (hierarchy === "level-1-first") {
      costs[place] = Number(top!.groupOf[given] !== top!.groupOf[suggested]);
    } else {
      const error = Number.isNaN(errorProbability) ? 1 - selfConfidence : errorProbability;
      costs[place] = error * treeDistance(levels, given, suggested);
    }
  }
  // Sorting keeps the order of equal ones.
  return Int32Array.from([...places].sort((a, b) => costs[b]! - costs[a]!));
}
