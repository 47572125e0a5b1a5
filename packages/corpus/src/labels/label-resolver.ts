import { CorpusError } from "../errors.js";
import type { LabelPolicy } from "../options/label-policy.js";
import { detachedText } from "../rows/excerpt.js";
import type { RejectReason } from "../rows/samples.js";

/** The class of a label field, or why it has none. */
export type Resolution =
  | { ok: true; name: string; several: boolean; all: readonly string[] | null; path: PathCount }
  | { ok: false; reason: RejectReason; detail: string };

/** A whole label path and its number of rows. */
export interface PathCount {
  path: string;
  count: number;
}

interface ResolverOptions {
  labels: LabelPolicy;
  labelNames: readonly string[] | undefined;
  separator: string | undefined;
  /** Whether the format itself makes labels paths, even if no level is requested. */
  paths: boolean;
}

const MEMO_SIZE = 65_536;

/**
 * Turns label fields into class names by a label policy. Fields repeat, so results are cached; the
 * cache is bounded.
 */
export class LabelResolver {
  readonly #memo = new Map<string, Resolution>();
  readonly #paths = new Map<string, PathCount>();
  readonly #names: Map<string, string> | null;
  readonly #aliases: Map<string, string>;
  readonly #splitPaths: boolean;

  readonly #options: ResolverOptions;

  constructor(options: ResolverOptions) {
    this.#options = options;
    this.#names = options.labelNames ? nameTable(options.labelNames) : null;
    const { aliases = [], level, policy } = options.labels;
    this.#aliases = new Map(aliases.map(({ from, to }) => [from, to]));
    this.#splitPaths = options.paths || level === 1 || level === 2 || policy === "deepest";
  }

  /** The class of a row's label field, or of its list of labels. */
  resolve(label: string | readonly string[]): Resolution {
    if (typeof label !== "string") return this.#decide(label);
    const known = this.#memo.get(label);
    if (known) return known;
    const { separator } = this.#options;
    const field = detachedText(label);
    const resolution = this.#decide(separator ? field.split(separator) : [field]);
    if (this.#memo.size >= MEMO_SIZE) this.#memo.clear();
    this.#memo.set(field, resolution);
    return resolution;
  }

  /** Rows by the first 1, 2, ... levels of their path; null if labels are not paths. */
  levelCounts(): { level: number; classes: { name: string; count: number }[] }[] | null {
    if (!this.#splitPaths) return null;
    const levels: Map<string, number>[] = [];
    for (const { path, count } of this.#paths.values()) {
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

  #decide(fields: readonly string[]): Resolution {
    const paths: string[][] = [];
    for (const field of fields) {
      const path = this.#pathOf(field);
      if (path.length > 0) paths.push(path);
    }
    const several = paths.length > 1;
    const first = paths[0];
    if (!first) return { ok: false, reason: "empty-label", detail: "no label" };
    const { policy = "first" } = this.#options.labels;
    if (policy === "drop-multiple" && several) {
      const names = new Set(paths.map((path) => this.#cut(path)));
      if (names.size > 1) {
        const detail = `${names.size} labels: ${[...names].slice(0, 5).join(", ")}`;
        return { ok: false, reason: "multiple-labels", detail };
      }
    }
    if (policy === "all") return this.#resolveAll(paths);
    const chosen =
      policy === "deepest"
        ? paths.reduce((deepest, path) => (path.length > deepest.length ? path : deepest))
        : first;
    return this.#name(chosen, several);
  }

  #resolveAll(paths: readonly string[][]): Resolution {
    const resolved = paths.map((path) => this.#name(path, paths.length > 1));
    const usable = resolved.filter((resolution) => resolution.ok);
    const [first] = usable;
    if (!first) return resolved[0]!;
    return { ...first, all: [...new Set(usable.map(({ name }) => name))] };
  }

  #name(path: readonly string[], several: boolean): Resolution {
    const { level = "full", shortPaths = "keep" } = this.#options.labels;
    const cut = this.#cut(path);
    if (level !== "full" && shortPaths === "drop" && path.length < level) {
      const detail = `${JSON.stringify(cut)} has ${path.length} of ${level} levels`;
      return { ok: false, reason: "short-path", detail };
    }
    const name = this.#names ? this.#names.get(cut) : cut;
    if (name === undefined) {
      const detail = `${JSON.stringify(cut.slice(0, 80))} is not one of labelNames`;
      return { ok: false, reason: "unknown-label", detail };
    }
    return { ok: true, name, several, all: null, path: this.#counterOf(path.join("/")) };
  }

  #counterOf(path: string): PathCount {
    let counter = this.#paths.get(path);
    if (!counter) {
      // A label column with too many different paths is only counted in total.
      const key = this.#paths.size < MEMO_SIZE ? path : "...";
      counter = this.#paths.get(key) ?? { path: key, count: 0 };
      this.#paths.set(key, counter);
    }
    return counter;
  }

  /** The class name of a path at the selected level. */
  #cut(path: readonly string[]): string {
    const { level = "full" } = this.#options.labels;
    if (level === "full" || path.length <= level) return path.join("/");
    const cut = path.slice(0, level).join("/");
    return this.#aliases.get(cut) ?? cut;
  }

  /** The levels of one label, blanks trimmed and aliases applied; empty for no label. */
  #pathOf(field: string): string[] {
    if (!this.#splitPaths) {
      const name = field.trim();
      return name === "" ? [] : [this.#aliases.get(name) ?? name];
    }
    const path = levelsOf(field);
    const alias = this.#aliases.get(path.join("/"));
    return alias === undefined ? path : levelsOf(alias);
  }
}

function levelsOf(path: string): string[] {
  return path
    .split("/")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** Names by themselves and by their 0-based indexes, unless an index is itself a name. */
function nameTable(labelNames: readonly string[]): Map<string, string> {
  const table = new Map(labelNames.map((name, index) => [String(index), name]));
  for (const name of labelNames) table.set(name.trim(), name);
  return table;
}

/** Class names with their indexes, in the order of their first use. */
export class ClassTable {
  readonly names: string[] = [];
  readonly #indexes = new Map<string, number>();

  readonly #maxClasses: number;

  constructor(maxClasses: number, names: readonly string[] = []) {
    this.#maxClasses = maxClasses;
    for (const name of names) this.indexOf(name);
  }

  /** The index of a class; a new class is added. Throws CorpusError "too-many-classes". */
  indexOf(name: string): number {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    if (this.names.length >= this.#maxClasses) {
      throw new CorpusError(
        "too-many-classes",
        `More than ${this.#maxClasses} different labels. Is the label column the right one?`,
        { limit: this.#maxClasses },
      );
    }
    this.names.push(name);
    this.#indexes.set(name, this.names.length - 1);
    return this.names.length - 1;
  }
}
