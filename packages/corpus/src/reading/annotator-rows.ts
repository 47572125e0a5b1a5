import { CorpusError } from "../errors.js";
import { detachedText } from "../rows/excerpt.js";
import type { FileColumn } from "../rows/file-column.js";
import type { LabelValue, RawRow, RawVote, RowSink } from "../rows/raw-row.js";
import type { RejectReason } from "../rows/samples.js";

/** More people than this: the column is probably another one. */
const MOST_ANNOTATORS = 10_000;

const FIRST_SIZE = 1 << 12;
/** Of a group that has had no row with a text. */
const NO_TEXT = 0;

/**
 * Rows with one annotator's label each, brought together by their ids: a first pass counts, a second
 * yields each id once, at its first row with a text, with the votes of all its rows. Memory: the ids and
 * 16 bytes a vote.
 */
export class AnnotatorRows {
  readonly #groups = new Map<string, number>();
  readonly #annotators = new Map<string, number>();
  readonly #labels = new Interned();
  #votes = new Int32Array(4 * FIRST_SIZE);
  #count = 0;
  /** By group: the record, from 1, at which its sample is yielded; below 0: its text is still empty. */
  #places = new Int32Array(FIRST_SIZE);
  /** Records whose annotator gave the id another label before. */
  readonly #second = new Map<number, string>();
  /** (groups + 1) into `#order`, the votes that count, by group in file order. */
  #starts = new Int32Array(0);
  #order = new Int32Array(0);

  /** The annotators' names, by number. */
  names(): string[] {
    return [...this.#annotators.keys()];
  }

  /** Takes the rows of the first pass. */
  collector(): RowSink {
    let record = 0;
    return {
      columns: () => {},
      reject: () => {
        record += 1;
      },
      row: (raw) => {
        record += 1;
        if (faultOf(raw) === null) this.#collect(raw, record);
      },
    };
  }

  /** Passes the rows of the second pass on to the sink, once for each id. */
  yielder(sink: RowSink): RowSink {
    this.#sort();
    let record = 0;
    return {
      columns: (columns: readonly FileColumn[]) => sink.columns(columns),
      reject: (line: number, reason: RejectReason, detail: string, raw: string) => {
        record += 1;
        sink.reject(line, reason, detail, raw);
      },
      row: (raw) => {
        record += 1;
        const fault = faultOf(raw);
        if (fault !== null) {
          sink.reject(raw.line, "missing-field", fault, raw.raw);
          return;
        }
        const second = this.#second.get(record);
        if (second !== undefined) sink.reject(raw.line, "second-label", second, raw.raw);
        const group = this.#groups.get(raw.id!)!;
        if (Math.abs(this.#places[group]!) === record) {
          sink.row({ ...raw, votes: this.#votesOf(group) });
        }
      },
    };
  }

  #collect({ id, text, annotator, label }: RawRow, record: number): void {
    const group = numberOf(this.#groups, id!);
    if (group >= this.#places.length) this.#places = grown(this.#places);
    if (this.#places[group] === NO_TEXT) this.#places[group] = -record;
    if (this.#places[group]! < 0 && text.trim() !== "") this.#places[group] = record;
    const person = numberOf(this.#annotators, annotator!.trim());
    if (person >= MOST_ANNOTATORS) {
      throw new CorpusError(
        "bad-format",
        `annotatorColumn names more than ${MOST_ANNOTATORS} annotators. Name the column that says who labelled a row.`,
      );
    }
    if (isBlank(label)) return;
    if (4 * this.#count >= this.#votes.length) this.#votes = grown(this.#votes);
    this.#votes.set([group, person, this.#labels.indexOf(label), record], 4 * this.#count);
    this.#count += 1;
  }

  /** Sorts the votes by group, and leaves out all but the first of an annotator. */
  #sort(): void {
    const votes = this.#votes;
    const starts = new Int32Array(this.#groups.size + 1);
    for (let i = 0; i < this.#count; i++) starts[votes[4 * i]! + 1]! += 1;
    for (let g = 0; g < this.#groups.size; g++) starts[g + 1]! += starts[g]!;
    const next = starts.slice();
    const order = new Int32Array(this.#count);
    for (let i = 0; i < this.#count; i++) order[next[votes[4 * i]!]!++] = i;
    let kept = 0;
    for (let g = 0; g < this.#groups.size; g++) {
      const [from, to] = [starts[g]!, starts[g + 1]!];
      const firsts = new Map<number, number>();
      starts[g] = kept;
      for (let at = from; at < to; at++) {
        const i = order[at]!;
        const [person, label, record] = [votes[4 * i + 1]!, votes[4 * i + 2]!, votes[4 * i + 3]!];
        const first = firsts.get(person);
        if (first === undefined) {
          firsts.set(person, label);
          order[kept++] = i;
        } else if (first !== label) {
          const [had, has] = [first, label].map((one) => JSON.stringify(this.#labels.shown(one)));
          this.#second.set(record, `the same annotator gave the id ${had} before, now ${has}`);
        }
      }
    }
    starts[this.#groups.size] = kept;
    [this.#starts, this.#order] = [starts, order.slice(0, kept)];
  }

  #votesOf(group: number): RawVote[] {
    const votes: RawVote[] = [];
    for (let at = this.#starts[group]!; at < this.#starts[group + 1]!; at++) {
      const i = 4 * this.#order[at]!;
      votes.push({
        annotator: this.#votes[i + 1]!,
        label: this.#labels.valueOf(this.#votes[i + 2]!),
      });
    }
    return votes;
  }
}

/** Labels as they are typed, each held once. */
class Interned {
  readonly #indexes = new Map<string, number>();
  readonly #values: (LabelValue | readonly LabelValue[])[] = [];

  indexOf(label: LabelValue | readonly LabelValue[]): number {
    const key = `${typeof label} ${String(label).trim()}`;
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(detachedText(key), this.#values.length);
    return this.#values.push(typeof label === "string" ? detachedText(label) : label) - 1;
  }

  valueOf(index: number): LabelValue | readonly LabelValue[] {
    return this.#values[index]!;
  }

  shown(index: number): string {
    return String(this.#values[index]).slice(0, 80);
  }
}

/** Why a row cannot be brought together with others; null if it can. */
function faultOf({ id, annotator }: RawRow): string | null {
  if (id === null || id.trim() === "") return "the row has no id";
  return annotator === undefined || annotator.trim() === "" ? "the row has no annotator" : null;
}

const isBlank = (label: RawRow["label"]): boolean =>
  typeof label === "object" && Array.isArray(label)
    ? label.length === 0
    : String(label).trim() === "";

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  // A name may be a part of a block of the file, which it would keep alive.
  numbers.set(detachedText(name), numbers.size);
  return numbers.size - 1;
}

function grown(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}
