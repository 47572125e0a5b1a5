import type { LabelPolicy } from "../options/label-policy.js";
import { detachedText } from "../rows/excerpt.js";
import type { LabelValue } from "../rows/raw-row.js";
import type { RejectReason } from "../rows/samples.js";
import { WrittenNumber } from "../rows/written-number.js";
import { normalizedWarning } from "./class-warnings.js";
import type { NamesOfColumn } from "./column-names.js";
import { foldName } from "./fold-name.js";
import { parseLabelList } from "./label-list.js";
import { LabelNames } from "./label-names.js";
import { LabelPaths, type PathCount } from "./label-paths.js";
import type { LabelReport } from "./label-report.js";
import { shownName } from "./shown-name.js";
import { Spellings } from "./spellings.js";

/** The class of a label field, or why it has none. */
export type Resolution =
  | { ok: true; name: string; several: boolean; all: readonly string[] | null; path: PathCount }
  | Fault;

interface Fault {
  ok: false;
  reason: RejectReason;
  detail: string;
}

/** One of a row's labels: the levels of its path, and why it is no class, if that is known. */
interface Label {
  path: readonly string[];
  fault: Fault | null;
}

interface ResolverOptions {
  labels: LabelPolicy;
  names?: NamesOfColumn | undefined;
  separator?: string | undefined;
  /** Whether fields that are lists as Python or JSON writes them are read so. */
  lists?: boolean | undefined;
  /** Whether the format itself makes labels paths, even if no level is requested. */
  paths: boolean;
  /** The spellings of another resolver whose classes are the same. */
  spellings?: Spellings | undefined;
}

const MEMO_SIZE = 65_536;

/** How many of the normalized labels a report lists. */
const LISTED_LABELS = 100;

const NO_NAMES: NamesOfColumn = {
  classes: undefined,
  indexes: undefined,
  given: false,
  replaced: undefined,
};

/**
 * Turns label fields into class names by a label policy. Fields repeat, so results are cached; the
 * cache is bounded.
 */
export class LabelResolver {
  /** A number and the same digits as a text are different keys, as they are different labels. */
  readonly #memo = new Map<LabelValue, Resolution>();
  readonly #names: LabelNames;
  /** Class names by the labels that are allowed; null = all are. */
  readonly #classes: Map<string, string> | null;
  /** The same, by what names that nearly agree have in common; made when it is first needed. */
  #folded: Map<string, string> | null = null;
  readonly #paths: LabelPaths;
  readonly #options: ResolverOptions;

  constructor(options: ResolverOptions) {
    this.#options = options;
    const names = options.names ?? NO_NAMES;
    const spellings = options.spellings ?? new Spellings(options.labels.normalizeLabels);
    this.#names = new LabelNames(names);
    this.#paths = new LabelPaths(options.labels, options.paths, spellings);
    this.#classes = names.classes ? this.#classTable(names.classes) : null;
  }

  /** The class of a row's label field, or of its list of labels. */
  resolve(label: LabelValue | readonly LabelValue[]): Resolution {
    if (label instanceof WrittenNumber) return this.#decide([label]);
    if (typeof label === "object") return this.#decide(label);
    const known = this.#memo.get(label);
    if (known) return known;
    const field = typeof label === "string" ? detachedText(label) : label;
    const resolution = typeof field === "string" ? this.#ofText(field) : this.#decide([field]);
    if (this.#memo.size >= MEMO_SIZE) this.#memo.clear();
    this.#memo.set(field, resolution);
    return resolution;
  }

  /** The classes that are known beforehand, in index order. */
  classNames(): string[] {
    const { labels, names } = this.#options;
    if (!names?.classes || !this.#classes) return [];
    const isRenaming = labels.normalizeLabels || (labels.level ?? "full") !== "full";
    return isRenaming ? [...new Set(this.#classes.values())] : [...names.classes];
  }

  /** What there is to say about the labels of the rows so far. */
  report(): LabelReport {
    const levels = this.#paths.levelCounts();
    const warnings = this.#names.warnings();
    const normalized = this.#options.labels.normalizeLabels ? this.#paths.normalized() : [];
    if (normalized.length > 0) warnings.push(normalizedWarning(normalized));
    return { levels, normalized: normalized.slice(0, LISTED_LABELS), warnings };
  }

  #ofText(field: string): Resolution {
    const { separator, lists } = this.#options;
    const list = lists ? parseLabelList(field) : null;
    if (list === null) return this.#decide(separator ? field.split(separator) : [field]);
    if (list.labels) return this.#decide(list.labels);
    const detail = `the list ${shownName(field)} cannot be read: ${list.fault}`;
    return { ok: false, reason: "bad-label-list", detail };
  }

  #classTable(names: readonly string[]): Map<string, string> {
    const table = new Map<string, string>();
    for (const name of names) {
      const path = this.#paths.levelsOf(name);
      const cut = this.#paths.cut(path);
      if (!table.has(cut)) table.set(cut, cut === path.join("/") ? name : cut);
    }
    for (const { to } of this.#options.labels.aliases ?? []) {
      const cut = this.#paths.cut(this.#paths.levelsOf(to));
      if (!table.has(cut)) table.set(cut, cut);
    }
    return table;
  }

  #decide(fields: readonly LabelValue[]): Resolution {
    const labels: Label[] = [];
    let empty: Fault = { ok: false, reason: "empty-label", detail: "no label" };
    for (const field of fields) {
      const isRenamed = typeof field === "string" && this.#paths.isRenamed(field);
      const known = isRenamed ? ({ ok: true, text: field } as const) : this.#names.textOf(field);
      if (known.ok) {
        const path = this.#paths.pathOf(known.text);
        if (path.length > 0) labels.push({ path, fault: null });
      } else if (known.reason === "empty-label") empty = known;
      else labels.push({ path: [String(field)], fault: known });
    }
    const first = labels[0];
    return first ? this.#choose(labels, first) : empty;
  }

  #choose(labels: readonly Label[], first: Label): Resolution {
    const several = labels.length > 1;
    const { policy = "first" } = this.#options.labels;
    if (policy === "drop-multiple" && several) {
      const names = new Set(labels.map(({ path }) => this.#paths.cut(path)));
      if (names.size > 1) {
        const detail = `${names.size} labels: ${[...names].slice(0, 5).join(", ")}`;
        return { ok: false, reason: "multiple-labels", detail };
      }
    }
    if (policy === "all") return this.#resolveAll(labels);
    const deeper = (a: Label, b: Label) => (b.path.length > a.path.length ? b : a);
    return this.#name(policy === "deepest" ? labels.reduce(deeper) : first, several);
  }

  #resolveAll(labels: readonly Label[]): Resolution {
    const resolved = labels.map((label) => this.#name(label, labels.length > 1));
    // Without it the row would be stored with fewer labels than it has.
    const unknown = resolved.find((one) => !one.ok && one.reason === "unknown-label");
    if (unknown) return unknown;
    const usable = resolved.filter((resolution) => resolution.ok);
    const [first] = usable;
    if (!first) return resolved[0]!;
    return { ...first, all: [...new Set(usable.map(({ name }) => name))] };
  }

  #name({ path, fault }: Label, several: boolean): Resolution {
    if (fault) return fault;
    const { level = "full", shortPaths = "keep" } = this.#options.labels;
    const cut = this.#paths.cut(path);
    if (cut === "") return { ok: false, reason: "empty-label", detail: "an alias to nothing" };
    if (level !== "full" && shortPaths === "drop" && path.length < level) {
      const detail = `${JSON.stringify(cut)} has ${path.length} of ${level} levels`;
      return { ok: false, reason: "short-path", detail };
    }
    const name = this.#classes ? this.#classes.get(cut) : cut;
    if (name === undefined) {
      return { ok: false, reason: "unknown-label", detail: this.#unknown(cut) };
    }
    return { ok: true, name, several, all: null, path: this.#paths.counterOf(path.join("/")) };
  }

  #unknown(label: string): string {
    this.#folded ??= new Map([...this.#classes!.values()].map((name) => [foldName(name), name]));
    const similar = this.#folded.get(foldName(label));
    const unknown = `${shownName(label)} is not one of labelNames`;
    if (similar === undefined) return unknown;
    return `${unknown}, but nearly ${shownName(similar)}: normalizeLabels reads it so`;
  }
}
