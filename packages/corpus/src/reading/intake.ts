import { resolveVotes } from "../labels/annotator-votes.js";
import { ClassTable } from "../labels/class-table.js";
import { classWarnings, similarClasses } from "../labels/class-warnings.js";
import { type ColumnNames, namesOfColumns } from "../labels/column-names.js";
import { LabelResolver } from "../labels/label-resolver.js";
import { Spellings } from "../labels/spellings.js";
import type { IngestOptions } from "../options/ingest-options.js";
import { type CorpusLimits, DEFAULT_LIMITS } from "../options/limits.js";
import type { CorpusWarning } from "../rows/corpus-warning.js";
import { detachedText, excerptOf } from "../rows/excerpt.js";
import type { FileColumn } from "../rows/file-column.js";
import type { RawRow, RowSink } from "../rows/raw-row.js";
import type { CorpusReject, CorpusSample, RejectReason } from "../rows/samples.js";
import { Reservoir } from "../sampling/reservoir.js";
import { AnnotatorStatistics } from "../statistics/annotator-profile.js";
import type { CorpusClass, CorpusSummary } from "../statistics/profile.js";
import { CorpusStatistics } from "../statistics/statistics.js";
import { StoredCells } from "./stored-cells.js";
import { detached, type UsableRow } from "./usable-row.js";
import { checkWhole, noRowsKept, type ReadingFacts } from "./whole-file-checks.js";

/** A batch has about so many rows, or so much of them. */
export const BATCH_ROWS = 1000;
const BATCH_CHARACTERS = 4 * 1024 * 1024;

/** How many rejects an error carries. */
const FIRST_REJECTS = 1000;

/**
 * Takes raw rows in file order, decides on each, and collects samples and rejects until `take`. A
 * counting pass uses only `labelCounts`; the next pass gets the small classes as `droppedLabels`.
 */
export class Intake implements RowSink {
  #waitingCharacters = 0;
  #samples: CorpusSample[] = [];
  #rejects: CorpusReject[] = [];
  readonly #firstRejects: CorpusReject[] = [];
  #kept = 0;
  #records = 0;
  readonly #labels: LabelResolver;
  readonly #trueLabels: LabelResolver;
  /** Every label of a usable row; the dataset's own classes are those of kept rows. */
  readonly #seenLabels: ClassTable;
  readonly #seenCounts: number[] = [];
  readonly #classes: ClassTable;
  readonly #classCounts: number[] = [];
  readonly #reservoir: Reservoir<UsableRow> | null;
  readonly #statistics = new CorpusStatistics();
  readonly #cells = new StoredCells();
  readonly #annotators: readonly string[];
  readonly #agreement: AnnotatorStatistics | null;
  readonly #maxLeadingRejects: number;
  #leadingRejects = 0;

  readonly #options: IngestOptions;
  readonly #droppedLabels: ReadonlySet<string>;

  /** `annotators`: the names of those whose votes rows have, by number. */
  constructor(
    options: IngestOptions,
    ownNames: ColumnNames = {},
    droppedLabels: ReadonlySet<string> = new Set(),
    annotators: readonly string[] = (options.format.annotatorColumns ?? []).map(String),
  ) {
    this.#options = options;
    this.#annotators = annotators;
    this.#agreement = annotators.length > 0 ? new AnnotatorStatistics() : null;
    this.#droppedLabels = droppedLabels;
    const { format, labels = {}, sampling } = options;
    const limits: CorpusLimits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#maxLeadingRejects = limits.maxLeadingRejects;
    const multilevel = format.type === "toutiao-multilevel";
    const names = namesOfColumns(format.labelNames, ownNames);
    const separator = format.labelSeparator ?? (multilevel ? "," : undefined);
    const spellings = new Spellings(labels.normalizeLabels);
    const lists = format.labelLists;
    const shared = { labels, separator, lists, paths: multilevel, spellings };
    this.#labels = new LabelResolver({ ...shared, names: names.label });
    this.#trueLabels = new LabelResolver({ ...shared, names: names.trueLabel });
    this.#seenLabels = new ClassTable(limits.maxClasses);
    this.#classes = new ClassTable(limits.maxClasses, this.#labels.classNames());
    this.#reservoir = sampling ? new Reservoir(sampling.perClass, sampling.seed) : null;
  }

  /** Whether enough rows wait to be taken, by their number or their size. */
  get isFull(): boolean {
    const rows = this.#samples.length + this.#rejects.length;
    return rows >= BATCH_ROWS || this.#waitingCharacters >= BATCH_CHARACTERS;
  }

  /** The samples and rejects since the last call. */
  take(): { samples: CorpusSample[]; rejects: CorpusReject[] } {
    const batch = { samples: this.#samples, rejects: this.#rejects };
    this.#samples = [];
    this.#rejects = [];
    this.#waitingCharacters = 0;
    return batch;
  }

  /** The dataset's classes so far, in index order. */
  classNames(): readonly string[] {
    return this.#classes.names;
  }

  /** Usable rows by label name. */
  labelCounts(): Map<string, number> {
    return new Map(this.#seenLabels.names.map((name, i) => [name, this.#seenCounts[i] ?? 0]));
  }

  /** The first 1,000 rejects, in file order. */
  firstRejects(): readonly CorpusReject[] {
    return this.#firstRejects;
  }

  /** Remarks about the rows read so far. */
  warnings(): CorpusWarning[] {
    const counts = this.labelCounts();
    const classes = [...counts].map(([name, count]) => ({ name, count }));
    return [
      ...this.#labels.report().warnings,
      ...classWarnings(classes, similarClasses(classes)),
      ...this.#statistics.tableWarnings(counts),
    ];
  }

  reject(line: number, reason: RejectReason, detail: string, raw: string): void {
    if (reason !== "empty-line") this.#records += 1;
    this.#reject(line, reason, detail, raw);
  }

  #reject(line: number, reason: RejectReason, detail: string, raw: string): void {
    this.#statistics.rejected(reason);
    if (this.#statistics.usable === 0) {
      this.#leadingRejects += 1;
      if (this.#leadingRejects >= this.#maxLeadingRejects) throw noRowsKept(this.#facts([]));
    }
    const reject = { line, reason, detail, excerpt: detachedText(excerptOf(raw)) };
    this.#rejects.push(reject);
    if (this.#firstRejects.length < FIRST_REJECTS) this.#firstRejects.push(reject);
  }

  columns(columns: readonly FileColumn[]): void {
    this.#cells.setColumns(columns);
  }

  row(raw: RawRow): void {
    this.#records += 1;
    this.#waitingCharacters += raw.raw.length;
    if (raw.text.trim() === "") {
      this.#reject(raw.line, "empty-text", "the text is empty", raw.raw);
      return;
    }
    const votes = raw.votes && resolveVotes(raw.votes, this.#labels, this.#annotators);
    const label = votes ? votes.label : this.#labels.resolve(raw.label);
    if (!label.ok) {
      this.#reject(raw.line, label.reason, label.detail, raw.raw);
      return;
    }
    const trueLabel = raw.trueLabel === null ? null : this.#trueLabels.resolve(raw.trueLabel);
    // A row need not have a true label.
    if (trueLabel && !trueLabel.ok && trueLabel.reason !== "empty-label") {
      this.#reject(raw.line, trueLabel.reason, `true label: ${trueLabel.detail}`, raw.raw);
      return;
    }
    if (this.#droppedLabels.has(label.name)) {
      const detail = `${JSON.stringify(label.name.slice(0, 80))} has too few rows`;
      this.#reject(raw.line, "class-too-small", detail, raw.raw);
      return;
    }
    const { line, id, text } = raw;
    const seen = this.#seenLabels.indexOf(label.name);
    const noted = this.#statistics.text(text, line, seen, this.#seenLabels.names);
    if (noted.repeated && this.#options.duplicates === "first") {
      this.#reject(line, "duplicate", "the same text came before", raw.raw);
      return;
    }
    this.#seenCounts[seen] = (this.#seenCounts[seen] ?? 0) + 1;
    label.path.count += 1;
    this.#statistics.usableRow(id, text, label.several);
    if (raw.cells && !votes && !label.several) this.#cells.spell(raw.label, label.name);
    const trueName = trueLabel?.ok ? trueLabel.name : null;
    const row: UsableRow = {
      line,
      record: this.#records,
      id,
      text,
      characters: noted.characters,
      label: label.name,
      trueLabel: trueName,
      allLabels: label.all,
      votes: votes?.votes.filter(({ name }) => !this.#droppedLabels.has(name)),
      cells: this.#cells.of(raw, { label: label.name, trueLabel: trueName }),
    };
    if (this.#reservoir) this.#reservoir.offer(seen, () => detached(row));
    else this.#keep(row);
  }

  /**
   * Ends the reading: keeps what sampling drew and checks the file as a whole. Throws CorpusError.
   */
  finish(): CorpusSummary {
    if (this.#reservoir) {
      const drawn = this.#reservoir.items().sort((a, b) => a.line - b.line);
      for (const row of drawn) this.#keep(row);
      const left = this.#statistics.usable - drawn.length;
      if (left > 0) this.#statistics.rejected("not-sampled", left);
    }
    const classes = this.#countedClasses();
    checkWhole(this.#facts(classes));
    const all = this.#statistics.profile(classes, this.labelCounts(), this.#labels.report());
    const profile = this.#agreement
      ? {
          ...all,
          annotators: this.#agreement.profile(this.#annotators, this.#classes.names),
          warnings: [...all.warnings, ...this.#agreement.warnings()],
        }
      : all;
    const { columns, labelCells } = this.#cells;
    return { classes, profile, columns, labelCells };
  }

  /** Throws CorpusError if these rows are no dataset, unless more of them follow that may be. */
  checkSoFar(isCut: boolean): void {
    const facts = this.#facts(this.#countedClasses());
    if (!isCut) checkWhole(facts);
    else if (this.#kept === 0 && facts.rejects.length > 0) throw noRowsKept(facts);
  }

  #countedClasses(): CorpusClass[] {
    return this.#classes.names.map((name, index) => ({
      index,
      name,
      count: this.#classCounts[index] ?? 0,
    }));
  }

  #keep(row: UsableRow): void {
    const classIndex = this.#classes.indexOf(row.label);
    this.#classCounts[classIndex] = (this.#classCounts[classIndex] ?? 0) + 1;
    this.#statistics.keptRow(row.characters);
    const sample: CorpusSample = {
      ordinal: this.#kept,
      line: row.line,
      externalId: row.id,
      text: row.text,
      classIndex,
      trueClassIndex: row.trueLabel === null ? null : this.#classes.indexOf(row.trueLabel),
    };
    if (this.#options.numberRecords) sample.record = row.record;
    if (row.cells) sample.cells = row.cells;
    if (row.votes) {
      sample.votes = row.votes.map(({ annotator, name }) => ({
        annotator,
        classIndex: this.#classes.indexOf(name),
      }));
      this.#agreement?.add(classIndex, sample.votes);
    }
    if (row.allLabels) {
      sample.allClassIndexes = row.allLabels.map((name) => this.#classes.indexOf(name));
    }
    this.#samples.push(sample);
    this.#kept += 1;
  }

  #facts(classes: readonly CorpusClass[]): ReadingFacts {
    const { usable } = this.#statistics;
    const rejected = this.#statistics.rejects();
    return { kept: this.#kept, usable, classes, rejected, rejects: this.#firstRejects };
  }
}
