import type { Evidence, RowEvidence } from "@winnow/linear";
import type { ScratchFile } from "@winnow/storage";

const BLOCK_BYTES = 1 << 20;

/** The evidence of flags in a file: it is found fold after fold, and read in the order of rows. */
export class EvidenceFile {
  readonly #file: ScratchFile;
  /** Ascending; where the evidence of each stands in the file, and its bytes. */
  readonly #rows: Int32Array;
  readonly #starts: Float64Array;
  readonly #bytes: Int32Array;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #end = 0;

  constructor(rows: ArrayLike<number>, file: ScratchFile) {
    this.#file = file;
    this.#rows = Int32Array.from(rows).sort();
    this.#starts = new Float64Array(rows.length);
    this.#bytes = new Int32Array(rows.length);
  }

  add(found: readonly RowEvidence[]): void {
    for (const { row, evidence } of found) {
      const bytes = Buffer.from(JSON.stringify(evidence));
      const at = this.#placeOf(row);
      this.#starts[at] = this.#end;
      this.#bytes[at] = bytes.length;
      this.#end += bytes.length;
      this.#waiting.push(bytes);
      this.#waitingBytes += bytes.length;
    }
    if (this.#waitingBytes >= BLOCK_BYTES) this.#flush();
  }

  /** Undefined: the row has none. */
  of(row: number): Evidence | undefined {
    const at = this.#placeOf(row);
    if (this.#rows[at] !== row || this.#bytes[at] === 0) return undefined;
    this.#flush();
    const bytes = Buffer.allocUnsafe(this.#bytes[at]!);
    this.#file.read(this.#starts[at]!, bytes);
    return JSON.parse(bytes.toString());
  }

  #flush(): void {
    if (this.#waiting.length > 0) this.#file.append(Buffer.concat(this.#waiting));
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #placeOf(row: number): number {
    let low = 0;
    let high = this.#rows.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows[middle]! < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
