import type { LabelPolicy } from "../options/label-policy.js";

/** A whole label path and its number of rows. */
export interface PathCount {
  path: string;
  count: number;
}

/** More different paths than this are only counted in total. */
const MAX_COUNTED = 65_536;

/** Splits labels into the levels of their paths, renames and cuts them, and counts their rows. */
export class LabelPaths {
  readonly #counts = new Map<string, PathCount>();
  readonly #aliases: Map<string, string>;
  readonly #split: boolean;
  readonly #level: 1 | 2 | "full";

  /** `paths`: the format itself makes labels paths, even if the policy asks for no level. */
  constructor({ aliases = [], level = "full", policy }: LabelPolicy, paths: boolean) {
    this.#aliases = new Map(aliases.map(({ from, to }) => [from, to]));
    this.#level = level;
    this.#split = paths || level !== "full" || policy === "deepest";
  }

  /** Whether an alias names the whole label. */
  isRenamed(label: string): boolean {
    return this.#aliases.size > 0 && this.#aliases.has(this.levelsOf(label).join("/"));
  }

  /** The levels of one label, blanks trimmed and aliases applied; empty for no label. */
  pathOf(label: string): string[] {
    const path = this.levelsOf(label);
    const alias = this.#aliases.get(path.join("/"));
    return alias === undefined ? path : this.levelsOf(alias);
  }

  /** The levels of one label as it stands. */
  levelsOf(label: string): string[] {
    const levels = this.#split ? label.split("/") : [label];
    return levels.map((part) => part.trim()).filter((part) => part !== "");
  }

  /** The class name of a path at the selected level. */
  cut(path: readonly string[]): string {
    if (this.#level === "full" || path.length <= this.#level) return path.join("/");
    const cut = path.slice(0, this.#level).join("/");
    return this.#aliases.get(cut) ?? cut;
  }

  /** The counter of a path's rows. */
  counterOf(path: string): PathCount {
    let counter = this.#counts.get(path);
    if (!counter) {
      const key = this.#counts.size < MAX_COUNTED ? path : "...";
      counter = this.#counts.get(key) ?? { path: key, count: 0 };
      this.#counts.set(key, counter);
    }
    return counter;
  }

  /** Rows by the first 1, 2, ... levels of their path; null if labels are not paths. */
  levelCounts(): { level: number; classes: { name: string; count: number }[] }[] | null {
    if (!this.#split) return null;
    const levels: Map<string, number>[] = [];
    for (const { path, count } of this.#counts.values()) {
      if (count === 0) continue;
      const parts = path.split("/");
      parts.forEach((_, depth) => {
        const prefix = parts.slice(0, depth + 1).join("/");
        levels[depth] ??= new Map();
        levels[depth].set(prefix, (levels[depth].get(prefix) ?? 0) + count);
      });
    }
    return levels.map((counts, depth) => ({
      level: depth + 1,
      classes: [...counts]
        .map(([name, count]) => ({ name, count }))
        .sort((a, b) => b.count - a.count),
    }));
  }
}
