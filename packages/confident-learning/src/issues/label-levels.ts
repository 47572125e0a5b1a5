/** One level of a label tree: the classes as their first `level` names. */
export interface LabelLevel {
  /** From 1, the top. */
  readonly level: number;
  /** Names of the groups, in the order in which their first classes have them. */
  readonly names: readonly string[];
  /** (k) the group of each class; a class with fewer levels is a group of its own. */
  readonly groupOf: Int32Array;
}

/** How noisy labels are at one level: an error between sisters is none above them. */
export interface LevelNoise {
  readonly level: number;
  readonly names: readonly string[];
  /** Row-major (groups, groups): row = given, column = estimated true; sums to 1. */
  readonly joint: Float64Array;
  /** 1 - the trace of the joint. */
  readonly noise: number;
  /** (groups) the share of the rows given a group's labels that belong to another group. */
  readonly noiseOf: Float64Array;
}

/** The levels of classes named as paths, `a/b/c`; one level only where no name has a parent. */
export function labelLevels(classNames: readonly string[]): LabelLevel[] {
  const paths = classNames.map((name) => name.split("/"));
  const depth = Math.max(1, ...paths.map((path) => path.length));
  return Array.from({ length: depth }, (_, i) => {
    const groups = new Map<string, number>();
    const groupOf = Int32Array.from(paths, (path) => {
      const name = path.slice(0, i + 1).join("/");
      const known = groups.get(name);
      if (known !== undefined) return known;
      groups.set(name, groups.size);
      return groups.size - 1;
    });
    return { level: i + 1, names: [...groups.keys()], groupOf };
  });
}

/** The joint (k, k) of classes, row = given, as the joint of a level's groups. */
export function noiseAtLevel(
  joint: Float64Array,
  { level, names, groupOf }: LabelLevel,
): LevelNoise {
  const k = groupOf.length;
  const g = names.length;
  const grouped = new Float64Array(g * g);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) grouped[groupOf[i]! * g + groupOf[j]!]! += joint[i * k + j]!;
  }
  let trace = 0;
  const noiseOf = new Float64Array(g);
  for (let i = 0; i < g; i++) {
    const row = grouped.subarray(i * g, (i + 1) * g);
    const given = row.reduce((sum, share) => sum + share, 0);
    trace += row[i]!;
    noiseOf[i] = given > 0 ? 1 - row[i]! / given : 0;
  }
  return { level, names, joint: grouped, noise: Math.max(0, 1 - trace), noiseOf };
}

/**
 * How far two classes are apart in the tree, from 0 to 1: the share of the levels at which they differ. In
 * two levels 1 across parents and .5 between sisters; 1 for any two classes without parents.
 */
export function treeDistance(levels: readonly LabelLevel[], a: number, b: number): number {
  const apart = levels.filter(({ groupOf }) => groupOf[a] !== groupOf[b]).length;
  return apart / levels.length;
}
