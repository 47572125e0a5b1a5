import { type FileHandle, open } from "node:fs/promises";
import { uniform } from "./uniform.js";

const BLOCK_ROWS = 4096;
/** Values in steps of 1/256 from -8 to 8, as float16. */
const HALVES = Uint16Array.from({ length: 4096 }, (_, i) => halfBits((i - 2048) / 256));

/**
 * Writes float16 vectors, npy (rows, columns), one for each class that is given: near a mean of its
 * class, far enough from it that the classes overlap. The same at every call.
 */
export class VectorsFile {
  readonly #file: FileHandle;
  readonly #columns: number;
  readonly #means: Int16Array; // (classes, columns)
  readonly #block: Uint16Array;
  #waiting = 0;
  #state = 1;

  constructor(file: FileHandle, columns: number, classes: number) {
    this.#file = file;
    this.#columns = columns;
    this.#block = new Uint16Array(BLOCK_ROWS * columns);
    const random = uniform(3);
    this.#means = Int16Array.from(
      { length: classes * columns },
      () => 2048 + Math.floor(128 * (random() - 0.5)),
    );
  }

  static async create(
    path: string,
    { rows, columns, classes }: { rows: number; columns: number; classes: number },
  ): Promise<VectorsFile> {
    const file = await open(path, "w");
    const header = `{'descr': '<f2', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
    const text = `${header.padEnd(117)}\n`;
    const magic = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0]);
    await file.writeFile(Buffer.concat([magic, Buffer.from(text, "latin1")]));
    return new VectorsFile(file, columns, classes);
  }

  async add(classIndex: number): Promise<void> {
    const columns = this.#columns;
    const at = this.#waiting * columns;
    let state = this.#state;
    for (let c = 0; c < columns; c++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      // The sum of two bytes: highest in the middle.
      const noise = ((state >>> 24) + ((state >>> 16) & 255) - 255) << 1;
      this.#block[at + c] = HALVES[this.#means[classIndex * columns + c]! + noise]!;
    }
    this.#state = state;
    this.#waiting++;
    if (this.#waiting === BLOCK_ROWS) await this.#flush();
  }

  async close(): Promise<void> {
    await this.#flush();
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    const bytes = new Uint8Array(this.#block.buffer, 0, 2 * this.#waiting * this.#columns);
    await this.#file.writeFile(bytes);
    this.#waiting = 0;
  }
}

/** The bits of a float16 for a value that it holds exactly or nearly, below 65,504. */
function halfBits(value: number): number {
  if (value === 0) return 0;
  const sign = value < 0 ? 0x8000 : 0;
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value))));
  const fraction = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024);
  return sign + ((exponent + 15) << 10) + fraction;
}
