import type { LabelPolicy } from "../options/label-policy.js";
import type { LabelReport, NormalizedLabel } from "./label-report.js";
import type { Spellings } from "./spellings.js";

/** A whole label path and its number of rows. */
export interface PathCount {
  path: string;
  count: number;
}

/** More different paths than this are only counted in total. */
const MAX_COUNTED = 65_536;
const IN_TOTAL = "...";

/** A label of blanks and zero-width characters alone is no label. */
const SEEN = /[^\s\u0085\p{Default_Ignorable_Code_Point}]/u;

/** Splits labels into the levels of their paths, renames and cuts them, and counts their rows. */
export class LabelPaths {
  readonly #counts = new Map<string, PathCount>();
  readonly #aliases: Map<string, string>;
  readonly #split: boolean;
  readonly #level: 1 | 2 | "full";
  readonly #spellings: Spellings;

  /** `paths`: the format itself makes labels paths, even if the policy asks for no level. */
  constructor(
    { aliases = [], level = "full", policy }: LabelPolicy,
    paths: boolean,
    spellings: Spellings,
  ) {
    this.#spellings = spellings;
    this.#aliases = new Map(aliases.map(({ from, to }) => [spellings.key(from), to]));
    this.#level = level;
    this.#split = paths || level !== "full" || policy === "deepest";
  }

  /** Whether an alias names the whole label. */
  isRenamed(label: string): boolean {
    return this.#aliases.size > 0 && this.#aliasOf(this.levelsOf(label).join("/")) !== undefined;
  }

  /** The levels of one label, blanks trimmed and aliases applied; empty for no label. */
  pathOf(label: string): string[] {
    const path = this.levelsOf(label);
    const alias = this.#aliasOf(path.join("/"));
    return alias === undefined ? path : this.levelsOf(alias);
  }

  /** The levels of one label as it stands. */
  levelsOf(label: string): string[] {
    const levels = this.#split ? label.split("/") : [label];
    return levels.map((part) => part.trim()).filter((part) => SEEN.test(part));
  }

  /** The class name of a path at the selected level. */
  cut(path: readonly string[]): string {
    return this.#spellings.of(this.#cutAsWritten(path));
  }

  /** The counter of a path's rows. */
  counterOf(path: string): PathCount {
    let counter = this.#counts.get(path);
    if (!counter) {
      const key = this.#counts.size < MAX_COUNTED ? path : IN_TOTAL;
      counter = this.#counts.get(key) ?? { path: key, count: 0 };
      this.#counts.set(key, counter);
    }
    return counter;
  }

  /** Rows by the first 1, 2, ... levels of their path; null if labels are not paths. */
  levelCounts(): LabelReport["levels"] {
    if (!this.#split) return null;
    const levels: Map<string, number>[] = [];
    for (const { path, count } of this.#counts.values()) {
      if (count === 0) continue;
      const parts = path.split("/");
      parts.forEach((_, depth) => {
        const prefix = this.#spellings.of(parts.slice(0, depth + 1).join("/"));
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

  /** Spellings that were read as another one, most rows first. */
  normalized(): NormalizedLabel[] {
    const counts = new Map<string, NormalizedLabel>();
    for (const { path, count } of this.#counts.values()) {
      const from = this.#cutAsWritten(path.split("/"));
      const to = this.#spellings.of(from);
      if (count === 0 || from === to || path === IN_TOTAL) continue;
      const known = counts.get(from);
      if (known) known.count += count;
      else counts.set(from, { from, to, count });
    }
    return [...counts.values()].sort((a, b) => b.count - a.count);
  }

  #cutAsWritten(path: readonly string[]): string {
    if (this.#level === "full" || path.length <= this.#level) return path.join("/");
    const cut = path.slice(0, this.#level).join("/");
    return this.#aliasOf(cut) ?? cut;
  }

  #aliasOf(label: string): string | undefined {
    return this.#aliases.size === 0 ? undefined : this.#aliases.get(this.#spellings.key(label));
  }
}
