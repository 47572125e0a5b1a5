import { CorpusError } from "./errors.js";
import type { LabelPolicy } from "./options.js";
import type { RejectReason } from "./rows.js";

/** The class a label field stands for, or why it stands for none. */
export type Resolution =
  | { ok: true; name: string; several: boolean }
  | { ok: false; reason: RejectReason; detail: string; several: boolean };

interface ResolverOptions {
  labels: LabelPolicy;
  labelNames: readonly string[] | undefined;
  separator: string | undefined;
  /** Whether labels are paths by the format itself, even when no level is asked for. */
  paths: boolean;
}

const memoSize = 65_536;

/**
 * Turns label fields into class names by a label policy. Fields repeat over and over, so answers
 * are remembered; the memory is bounded.
 */
export class LabelResolver {
  private readonly memo = new Map<string, Resolution>();
  private readonly names: Map<string, string> | null;
  private readonly splitPaths: boolean;

  constructor(private readonly options: ResolverOptions) {
    this.names = options.labelNames ? nameTable(options.labelNames) : null;
    this.splitPaths =
      options.paths ||
      options.labels.level === 1 ||
      options.labels.level === 2 ||
      options.labels.policy === "deepest";
  }

  /** The class of a row's label field, or of the list of its labels. */
  resolve(label: string | readonly string[]): Resolution {
    if (typeof label !== "string") return this.decide(label);
    const known = this.memo.get(label);
    if (known) return known;
    const { separator } = this.options;
    const resolution = this.decide(separator ? label.split(separator) : [label]);
    if (this.memo.size >= memoSize) this.memo.clear();
    this.memo.set(label, resolution);
    return resolution;
  }

  private decide(fields: readonly string[]): Resolution {
    const paths: string[][] = [];
    for (const field of fields) {
      const path = this.pathOf(field);
      if (path.length > 0) paths.push(path);
    }
    const several = paths.length > 1;
    const first = paths[0];
    if (!first) return { ok: false, reason: "empty-label", detail: "no label", several };
    const { policy = "first" } = this.options.labels;
    if (policy === "drop-multiple" && several) {
      const names = new Set(paths.map((path) => this.cut(path).join("/")));
      if (names.size > 1) {
        const detail = `${names.size} labels: ${[...names].slice(0, 5).join(", ")}`;
        return { ok: false, reason: "multiple-labels", detail, several };
      }
    }
    const chosen =
      policy === "deepest"
        ? paths.reduce((deepest, path) => (path.length > deepest.length ? path : deepest))
        : first;
    return this.name(chosen, several);
  }

  private name(path: readonly string[], several: boolean): Resolution {
    const { level = "full", shortPaths = "keep" } = this.options.labels;
    const joined = this.cut(path).join("/");
    if (level !== "full" && shortPaths === "drop" && path.length < level) {
      const detail = `"${joined}" has ${path.length} of ${level} levels`;
      return { ok: false, reason: "short-path", detail, several };
    }
    if (!this.names) return { ok: true, name: joined, several };
    const name = this.names.get(joined);
    if (name !== undefined) return { ok: true, name, several };
    return {
      ok: false,
      reason: "unknown-label",
      detail: `"${joined}" is none of labelNames`,
      several,
    };
  }

  private cut(path: readonly string[]): readonly string[] {
    const { level = "full" } = this.options.labels;
    return level === "full" ? path : path.slice(0, level);
  }

  private pathOf(field: string): string[] {
    if (!this.splitPaths) {
      const name = field.trim();
      return name === "" ? [] : [name];
    }
    return field
      .split("/")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  }
}

/** Names and, where they do not stand for a name themselves, the names' 0-based indexes. */
function nameTable(labelNames: readonly string[]): Map<string, string> {
  const table = new Map(labelNames.map((name, index) => [String(index), name]));
  for (const name of labelNames) table.set(name.trim(), name);
  return table;
}

/** Class names with their indexes, in the order of their first use. */
export class ClassTable {
  readonly names: string[] = [];
  private readonly indexes = new Map<string, number>();

  constructor(
    private readonly maxClasses: number,
    names: readonly string[] = [],
  ) {
    for (const name of names) this.indexOf(name);
  }

  /** The index of a class, which is made when it is new. Throws CorpusError "too-many-classes". */
  indexOf(name: string): number {
    const known = this.indexes.get(name);
    if (known !== undefined) return known;
    if (this.names.length >= this.maxClasses) {
      throw new CorpusError(
        "too-many-classes",
        `More than ${this.maxClasses} different labels. Is the label column the right one?`,
        { limit: this.maxClasses },
      );
    }
    this.names.push(name);
    this.indexes.set(name, this.names.length - 1);
    return this.names.length - 1;
  }
}
