import { DuplicateIndex } from "../duplicates/duplicate-index.js";
import { hashText, type TextHash } from "../duplicates/text-hash.js";
import { classWarnings, similarClasses } from "../labels/class-warnings.js";
import type { LabelReport } from "../labels/label-report.js";
import type { CorpusWarning } from "../rows/corpus-warning.js";
import { detachedText, excerptOf } from "../rows/excerpt.js";
import type { RejectReason } from "../rows/samples.js";
import {
  type CorpusClass,
  type CorpusProfile,
  type DuplicateProfile,
  LengthCounter,
} from "./profile.js";
import { tableWarnings } from "./table-warnings.js";

/** How many conflicting texts are listed, and labels of each. */
const CONFLICT_LIMIT = 1000;
const LABEL_LIMIT = 50;

/** How many pairs of similar class names are listed. */
const SIMILAR_LIMIT = 100;

/** Collects the profile of a file, row by row. */
export class CorpusStatistics {
  /** Usable rows, whether sampling keeps them or not. */
  usable = 0;
  #kept = 0;
  readonly #reasons = new Map<RejectReason, number>();
  readonly #texts = new DuplicateIndex();
  readonly #ids = new DuplicateIndex();
  readonly #lengths = new LengthCounter();
  /** By the text's hash, in the order of the conflicts. */
  readonly #conflicts = new Map<string, DuplicateProfile["examples"][number]>();
  readonly #hash: TextHash = { high: 0, low: 0, characters: 0 };
  #severalLabels = 0;
  #repeatedTexts = 0;
  #repeatedIds = 0;
  #replacementTexts = 0;

  rejected(reason: RejectReason, count = 1): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + count);
  }

  countOf(reason: RejectReason): number {
    return this.#reasons.get(reason) ?? 0;
  }

  /**
   * Records a text with its label (an index into `names`). Returns its length in characters, and
   * whether it occurred before.
   */
  text(
    text: string,
    line: number,
    label: number,
    names: readonly string[],
  ): { characters: number; repeated: boolean } {
    hashText(text, this.#hash);
    const { characters } = this.#hash;
    const seen = this.#texts.add(this.#hash, label);
    if (seen === "new") return { characters, repeated: false };
    this.#repeatedTexts += 1;
    if (seen !== "repeat") this.#conflict(text, line, names[label] ?? "", names);
    return { characters, repeated: true };
  }

  #conflict(text: string, line: number, label: string, names: readonly string[]): void {
    const key = `${this.#hash.high} ${this.#hash.low}`;
    const known = this.#conflicts.get(key);
    if (known === undefined) {
      if (this.#conflicts.size >= CONFLICT_LIMIT) return;
      const labels = [names[this.#texts.firstLabel(this.#hash)] ?? "", label];
      this.#conflicts.set(key, { text: detachedText(excerptOf(text)), line, labels });
    } else if (known.labels.length < LABEL_LIMIT && !known.labels.includes(label)) {
      known.labels.push(label);
    }
  }

  usableRow(id: string | null, text: string, several: boolean): void {
    this.usable += 1;
    if (several) this.#severalLabels += 1;
    if (text.includes("\uFFFD")) this.#replacementTexts += 1;
    if (id === null) return;
    hashText(id, this.#hash);
    if (this.#ids.add(this.#hash, 0) !== "new") this.#repeatedIds += 1;
  }

  keptRow(characters: number): void {
    this.#kept += 1;
    this.#lengths.add(characters);
  }

  /** Rejected rows by reason, most frequent first. */
  rejects(): { reason: RejectReason; count: number }[] {
    return [...this.#reasons]
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count);
  }

  /** Signs that the file is read otherwise than it is meant; `labels` are usable rows by name. */
  tableWarnings(labels: ReadonlyMap<string, number>): CorpusWarning[] {
    return tableWarnings({
      usable: this.usable,
      distinctTexts: this.#texts.distinct,
      meanTextLength: this.#kept === 0 ? 0 : this.#lengths.profile().mean,
      labels,
      rejected: this.rejects(),
    });
  }

  /** The profile; `read` holds usable rows by class name. */
  profile(
    classes: readonly CorpusClass[],
    read: ReadonlyMap<string, number>,
    labels: LabelReport,
  ): CorpusProfile {
    const rejected = this.rejects();
    const similar = similarClasses(classes);
    return {
      rowsRead: rejected.reduce((sum, { count }) => sum + count, this.#kept),
      kept: this.#kept,
      rejected,
      classHistogram: classes.map((c) => ({ ...c, read: read.get(c.name) ?? 0 })),
      levels: labels.levels,
      similarClasses: similar.slice(0, SIMILAR_LIMIT),
      normalizedLabels: labels.normalized,
      lengths: this.#lengths.profile(),
      duplicates: {
        texts: this.#repeatedTexts,
        conflictingTexts: this.#texts.conflicting,
        examples: [...this.#conflicts.values()],
      },
      severalLabels: this.#severalLabels,
      repeatedIds: this.#repeatedIds,
      warnings: [
        ...labels.warnings,
        ...classWarnings(classes, similar),
        ...this.tableWarnings(read),
        ...this.#warnings(classes),
      ],
    };
  }

  #warnings(classes: readonly CorpusClass[]): CorpusWarning[] {
    const warnings: CorpusWarning[] = [];
    const warn = (code: CorpusWarning["code"], count: number, message: string) => {
      if (count > 0) warnings.push({ code, message: `${count} ${message}` });
    };
    warn("conflicting-texts", this.#texts.conflicting, "texts carry more than one label.");
    warn("repeated-ids", this.#repeatedIds, "rows repeat an id.");
    warn(
      "replacement-characters",
      this.#replacementTexts,
      "texts hold U+FFFD: they were decoded wrongly before.",
    );
    const empty = classes.filter(({ count }) => count === 0).length;
    warn("empty-classes", empty, "classes have no row.");
    const single = classes.filter(({ count }) => count === 1).length;
    warn("single-row-classes", single, "classes have one row only: no model can learn them.");
    return warnings;
  }
}
