import { DuplicateIndex } from "./duplicate-index.js";
import { CorpusError } from "./errors.js";
import { ClassTable, LabelResolver } from "./label-resolver.js";
import { emptyFile } from "./lines.js";
import { type CorpusLimits, defaultLimits, type IngestOptions } from "./options.js";
import { type CorpusProfile, type DuplicateProfile, LengthCounter } from "./profile.js";
import { Reservoir } from "./reservoir.js";
import {
  type CorpusReject,
  type CorpusSample,
  excerptOf,
  type RawRow,
  type RejectReason,
  type RowSink,
} from "./rows.js";
import { hashText, type TextHash } from "./text-hash.js";

/** A class of the dataset; `count` is its number of kept rows. */
export interface CorpusClass {
  index: number;
  name: string;
  count: number;
}

/** What `readCorpus` returns at its end. Classes stand in first-seen order, or that of labelNames. */
export interface CorpusSummary {
  classes: CorpusClass[];
  profile: CorpusProfile;
}

/** A row that passed every check, with its labels still as names. */
interface UsableRow {
  line: number;
  id: string | null;
  text: string;
  characters: number;
  label: string;
  trueLabel: string | null;
}

const exampleLimit = 10;

/**
 * Takes raw rows in file order, decides on each, and collects samples and rejects until they are
 * taken. A counting pass uses `labelCounts` alone; with `droppedLabels` that pass's small classes
 * are left out.
 */
export class Intake implements RowSink {
  private samples: CorpusSample[] = [];
  private rejects: CorpusReject[] = [];
  private readonly labels: LabelResolver;
  private readonly trueLabels: LabelResolver;
  /** Every label of a usable row; the dataset's own classes are those of kept rows. */
  private readonly seenLabels: ClassTable;
  private readonly classes: ClassTable;
  private readonly readCounts: number[] = [];
  private readonly keptCounts: number[] = [];
  private readonly texts = new DuplicateIndex();
  private readonly ids = new DuplicateIndex();
  private readonly reservoir: Reservoir<UsableRow> | null;
  private readonly lengths = new LengthCounter();
  private readonly reasons = new Map<RejectReason, number>();
  private readonly examples: DuplicateProfile["examples"] = [];
  private readonly hash: TextHash = { high: 0, low: 0, characters: 0 };
  private usable = 0;
  private kept = 0;
  private severalLabels = 0;
  private repeatedTexts = 0;
  private repeatedIds = 0;
  private replacementTexts = 0;

  constructor(
    private readonly options: IngestOptions,
    private readonly droppedLabels: ReadonlySet<string> = new Set(),
  ) {
    const { format, labels = {}, sampling } = options;
    const limits: CorpusLimits = { ...defaultLimits, ...options.limits };
    const multilevel = format.type === "toutiao-multilevel";
    const resolver = { labels, labelNames: format.labelNames, paths: multilevel };
    const separator = format.labelSeparator ?? (multilevel ? "," : undefined);
    this.labels = new LabelResolver({ ...resolver, separator });
    this.trueLabels = new LabelResolver({ ...resolver, separator: undefined });
    this.seenLabels = new ClassTable(limits.maxClasses);
    this.classes = new ClassTable(limits.maxClasses, format.labelNames);
    this.reservoir = sampling ? new Reservoir(sampling.perClass, sampling.seed) : null;
  }

  /** Rows waiting to be taken. */
  get waiting(): number {
    return this.samples.length + this.rejects.length;
  }

  /** The samples and rejects since the last call. */
  take(): { samples: CorpusSample[]; rejects: CorpusReject[] } {
    const batch = { samples: this.samples, rejects: this.rejects };
    this.samples = [];
    this.rejects = [];
    return batch;
  }

  /** Usable rows by label name. */
  labelCounts(): Map<string, number> {
    return new Map(this.seenLabels.names.map((name, i) => [name, this.readCounts[i] ?? 0]));
  }

  reject(line: number, reason: RejectReason, detail: string, raw: string): void {
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
    this.rejects.push({ line, reason, detail, excerpt: excerptOf(raw) });
  }

  row(raw: RawRow): void {
    if (raw.text.trim() === "") {
      this.reject(raw.line, "empty-text", "the text is empty", raw.raw);
      return;
    }
    const label = this.labels.resolve(raw.label);
    if (!label.ok) {
      this.reject(raw.line, label.reason, label.detail, raw.raw);
      return;
    }
    let trueLabel: string | null = null;
    if (raw.trueLabel !== null && raw.trueLabel.trim() !== "") {
      const resolved = this.trueLabels.resolve(raw.trueLabel);
      if (!resolved.ok) {
        this.reject(raw.line, resolved.reason, `true label: ${resolved.detail}`, raw.raw);
        return;
      }
      trueLabel = resolved.name;
    }
    if (this.droppedLabels.has(label.name)) {
      const detail = `${JSON.stringify(label.name.slice(0, 80))} has too few rows`;
      this.reject(raw.line, "class-too-small", detail, raw.raw);
      return;
    }
    const group = this.seenLabels.indexOf(label.name);
    if (this.isUnwantedRepeat(raw, label.name, group)) return;
    this.usable += 1;
    this.readCounts[group] = (this.readCounts[group] ?? 0) + 1;
    if (label.several) this.severalLabels += 1;
    const { line, id, text } = raw;
    const { characters } = this.hash;
    if (id !== null) this.noteId(id);
    if (text.includes("\uFFFD")) this.replacementTexts += 1;
    const row = { line, id, text, characters, label: label.name, trueLabel };
    if (this.reservoir) this.reservoir.offer(group, () => detached(row));
    else this.keep(row);
  }

  /** Ends the reading: gives out what sampling drew and checks the whole. Throws CorpusError. */
  finish(): CorpusSummary {
    if (this.reservoir) {
      const drawn = this.reservoir.items().sort((a, b) => a.line - b.line);
      for (const row of drawn) this.keep(row);
      const left = this.usable - drawn.length;
      if (left > 0) this.reasons.set("not-sampled", left);
    }
    const classes = this.classes.names.map((name, index) => ({
      index,
      name,
      count: this.keptCounts[index] ?? 0,
    }));
    this.checkWhole(classes);
    return { classes, profile: this.profile(classes) };
  }

  private keep(row: UsableRow): void {
    const classIndex = this.classes.indexOf(row.label);
    this.keptCounts[classIndex] = (this.keptCounts[classIndex] ?? 0) + 1;
    this.lengths.add(row.characters);
    this.samples.push({
      ordinal: this.kept,
      line: row.line,
      externalId: row.id,
      text: row.text,
      classIndex,
      trueClassIndex: row.trueLabel === null ? null : this.classes.indexOf(row.trueLabel),
    });
    this.kept += 1;
  }

  /** Hashes the text, counts repeats and conflicts, and rejects a repeat if only firsts are wanted. */
  private isUnwantedRepeat(raw: RawRow, label: string, group: number): boolean {
    hashText(raw.text, this.hash);
    const seen = this.texts.add(this.hash, group);
    if (seen === "new") return false;
    this.repeatedTexts += 1;
    if (seen === "first-conflict" && this.examples.length < exampleLimit) {
      const first = this.seenLabels.names[this.texts.firstLabel(this.hash)] as string;
      const labels = [
        { line: null, name: first },
        { line: raw.line, name: label },
      ];
      this.examples.push({ text: excerptOf(raw.text), labels });
    }
    if (this.options.duplicates !== "first") return false;
    this.reject(raw.line, "duplicate", "the same text came before", raw.raw);
    return true;
  }

  private noteId(id: string): void {
    hashText(id, this.hash);
    if (this.ids.add(this.hash, 0) !== "new") this.repeatedIds += 1;
  }

  private checkWhole(classes: readonly CorpusClass[]): void {
    const rejected = this.rejected();
    if (this.kept === 0) {
      if (rejected.every(({ reason }) => reason === "empty-line")) throw emptyFile();
      if (rejected[0]?.reason !== "unknown-label") {
        throw new CorpusError(
          "no-rows-kept",
          `No row could be kept; most were rejected as "${rejected[0]?.reason}". Check the format and its options.`,
          { rejected },
        );
      }
    }
    const unknown = this.reasons.get("unknown-label") ?? 0;
    if (unknown > 0 && unknown >= this.usable) {
      throw new CorpusError(
        "label-names-mismatch",
        `${unknown} of ${unknown + this.usable} labels fit no known class. Check labelNames and the label column.`,
        { rejected },
      );
    }
    const filled = classes.filter(({ count }) => count > 0);
    if (filled.length === 1) {
      throw new CorpusError(
        "single-class",
        `Every kept row has the label ${JSON.stringify(filled[0]?.name.slice(0, 80))}. At least two classes are needed.`,
        { rejected },
      );
    }
  }

  private rejected(): { reason: RejectReason; count: number }[] {
    return [...this.reasons]
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count);
  }

  private profile(classes: readonly CorpusClass[]): CorpusProfile {
    const rejected = this.rejected();
    const read = this.labelCounts();
    return {
      rowsRead: rejected.reduce((sum, { count }) => sum + count, this.kept),
      kept: this.kept,
      rejected,
      classHistogram: classes.map((c) => ({ ...c, read: read.get(c.name) ?? 0 })),
      lengths: this.lengths.profile(),
      duplicates: {
        texts: this.repeatedTexts,
        conflictingTexts: this.texts.conflicting,
        examples: this.examples,
      },
      severalLabels: this.severalLabels,
      repeatedIds: this.repeatedIds,
      warnings: this.warnings(classes),
    };
  }

  private warnings(classes: readonly CorpusClass[]): { code: string; message: string }[] {
    const warnings: { code: string; message: string }[] = [];
    const warn = (code: string, count: number, message: string) => {
      if (count > 0) warnings.push({ code, message: `${count} ${message}` });
    };
    warn("conflicting-texts", this.texts.conflicting, "texts carry more than one label.");
    warn("repeated-ids", this.repeatedIds, "rows repeat an id.");
    warn(
      "replacement-characters",
      this.replacementTexts,
      "texts hold U+FFFD: they were decoded wrongly before.",
    );
    const empty = classes.filter(({ count }) => count === 0).length;
    warn("empty-classes", empty, "classes have no row.");
    const single = classes.filter(({ count }) => count === 1).length;
    warn("single-row-classes", single, "classes have one row only: no model can learn them.");
    return warnings;
  }
}

/** A copy whose strings keep no block of the file alive, for rows that are held for long. */
function detached(row: UsableRow): UsableRow {
  return { ...row, id: row.id === null ? null : copied(row.id), text: copied(row.text) };
}

function copied(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
