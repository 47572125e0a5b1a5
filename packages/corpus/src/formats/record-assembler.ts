import type { LineBlock } from "../bytes/lines.js";
import type { RejectReason } from "../rows/samples.js";

/** One csv record: a line, or several if a quoted field contains line breaks. */
export interface CsvRecord {
  line: number;
  text: string;
  quoted: boolean;
  /** Why this is not a record after all. */
  fault: { reason: RejectReason; detail: string } | null;
}

/** How many bytes after unclosed quotes are read a second time, in one file. */
const SECOND_LOOK_LIMIT = 32 * 1024 * 1024;

/**
 * Joins lines into csv records by following quotes. A record whose quote never closes within
 * `maxRecordLength` characters loses only its first line: the lines after it are read again. That
 * second reading is bounded, so that a file full of open quotes cannot take quadratic time.
 */
export class RecordAssembler {
  #open: { line: number; lines: string[]; length: number } | null = null;
  #secondLooks = 0;

  readonly #delimiter: string;
  readonly #maxRecordLength: number;

  constructor(delimiter: string, maxRecordLength: number) {
    this.#delimiter = delimiter;
    this.#maxRecordLength = maxRecordLength;
  }

  /** The records that end in this block, and its lines that are not records, in file order. */
  push({ firstLine, lines, broken }: LineBlock): CsvRecord[] {
    const records: CsvRecord[] = [];
    for (let i = 0; i < lines.length; i += 1) {
      const bad = broken?.get(i);
      if (bad) {
        this.#giveUp("the next line cannot be read", true, records);
        const { reason, detail, excerpt } = bad;
        records.push(faulty(firstLine + i, excerpt, reason, detail));
      } else {
        this.#take(lines[i]!, firstLine + i, records);
      }
    }
    return records;
  }

  /** The records left at the end of the file. */
  finish(): CsvRecord[] {
    const records: CsvRecord[] = [];
    this.#giveUp("the file ends before it closes", true, records);
    return records;
  }

  #take(text: string, line: number, records: CsvRecord[]): void {
    if (!this.#open) {
      if (!text.includes('"')) {
        if (text.trim() === "" && !text.includes(this.#delimiter)) {
          records.push(faulty(line, text, "empty-line", "the line is blank"));
        } else records.push({ line, text, quoted: false, fault: null });
      } else if (this.#endsOpen(text, false)) {
        this.#open = { line, lines: [text], length: text.length };
      } else records.push({ line, text, quoted: true, fault: null });
      return;
    }
    const open = this.#open;
    open.lines.push(text);
    open.length += text.length + 1;
    if (!this.#endsOpen(text, true)) {
      this.#open = null;
      records.push({ line: open.line, text: open.lines.join("\n"), quoted: true, fault: null });
    } else if (open.length > this.#maxRecordLength) {
      const why = `it does not close within ${this.#maxRecordLength} characters`;
      this.#giveUp(why, false, records);
    }
  }

  /**
   * Rejects the line that opened a quote, and reads the lines after it as separate records; with
   * `all`, until no record is open.
   */
  #giveUp(why: string, all: boolean, records: CsvRecord[]): void {
    do {
      if (!this.#open) return;
      const { line, lines, length } = this.#open;
      this.#open = null;
      const detail = `a quote opens here and ${why}`;
      records.push(faulty(line, lines[0]!, "unclosed-quote", detail));
      this.#secondLooks += length;
      for (let i = 1; i < lines.length; i += 1) {
        const text = lines[i]!;
        if (this.#secondLooks <= SECOND_LOOK_LIMIT) this.#take(text, line + i, records);
        else records.push(faulty(line + i, text, "unclosed-quote", `in the quote of line ${line}`));
      }
    } while (all);
  }

  /** Whether a quoted field is open at the line's end, by RFC 4180. */
  #endsOpen(text: string, openBefore: boolean): boolean {
    const delimiter = this.#delimiter;
    let open = openBefore;
    let at = text.indexOf('"');
    while (at >= 0) {
      if (open) {
        if (text[at + 1] === '"') at += 1;
        else open = false;
      } else {
        // Only a quote at the start of a field opens it; elsewhere a quote is an ordinary
        // character.
        open = at === 0 || text.startsWith(delimiter, at - delimiter.length);
      }
      at = text.indexOf('"', at + 1);
    }
    return open;
  }
}

function faulty(line: number, text: string, reason: RejectReason, detail: string): CsvRecord {
  return { line, text, quoted: false, fault: { reason, detail } };
}
