/** A row's features: `count` ids with their values, in arrays that may be longer. */
export interface FeatureRow {
  readonly ids: Int32Array;
  readonly values: Float64Array;
  readonly count: number;
}

/** Features of all rows together that stay in memory with their values: 96 MB. */
export const MOST_HELD = 1 << 23;
/** Bytes of a feature and of a row that are held. */
export const HELD_FEATURE_BYTES = 12;
export const HELD_ROW_BYTES = 8;

/** Rows of features as they were read first, so that each is computed once however often it is read. */
export class HeldRows {
  readonly #ids: Int32Array;
  readonly #values: Float64Array;
  /** By place: where the row starts, -1 until it is held; and its length. */
  readonly #starts: Int32Array;
  readonly #counts: Int32Array;
  #used = 0;

  /** Room for the rows of so many places, which have so many features together. */
  constructor(places: number, features: number) {
    this.#ids = new Int32Array(features);
    this.#values = new Float64Array(features);
    this.#starts = new Int32Array(places).fill(-1);
    this.#counts = new Int32Array(places);
  }

  row(place: number): FeatureRow | undefined {
    const from = this.#starts[place]!;
    if (from < 0) return undefined;
    const count = this.#counts[place]!;
    const to = from + count;
    return { ids: this.#ids.subarray(from, to), values: this.#values.subarray(from, to), count };
  }

  /** Copies the row of a place that is not held yet. */
  add(place: number, { ids, values, count }: FeatureRow): void {
    const from = this.#used;
    for (let i = 0; i < count; i++) {
      this.#ids[from + i] = ids[i]!;
      this.#values[from + i] = values[i]!;
    }
    this.#starts[place] = from;
    this.#counts[place] = count;
    this.#used += count;
  }
}
