import { Buffer } from "node:buffer";

const HEAD_BYTES = 4 * 200;

/** Collects the bytes of one value that may span several pieces, up to a limit. */
export class Capture {
  readonly #maxBytes: number;
  #isOn = false;
  #start = 0;
  #bytes = 0;
  #parts: Buffer[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  get isTooLong(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  begin(at: number): void {
    this.#isOn = true;
    this.#start = at;
  }

  /** The piece ends, and the value goes on. Copies, because the source may reuse its buffer. */
  goOn(piece: Buffer): void {
    if (!this.#isOn) return;
    this.#add(Buffer.from(piece.subarray(this.#start)));
    this.#start = 0;
  }

  /** The value's bytes, or only the first if it is too long; they are good until the next piece. */
  end(piece: Buffer, end: number): { bytes: Buffer; isTooLong: boolean } {
    const part = piece.subarray(this.#start, end);
    const isWhole = this.#parts.length === 0 && part.length <= this.#maxBytes;
    if (!isWhole) this.#add(part);
    const { isTooLong } = this;
    const bytes = isWhole ? part : Buffer.concat(this.#parts);
    this.#isOn = false;
    this.#parts = [];
    this.#bytes = 0;
    return { bytes, isTooLong };
  }

  #add(part: Buffer): void {
    this.#bytes += part.length;
    this.#parts.push(part);
    if (this.isTooLong) this.#parts = [Buffer.concat(this.#parts).subarray(0, HEAD_BYTES)];
  }
}
