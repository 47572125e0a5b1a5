import { ProductList, ProductThreads } from "./product-threads.js";
import { blocksOf, unitInto, type VectorSource } from "./vectors.js";

/** A row whose vector is near another's, by the cosine of their angle. */
export interface NearRow {
  readonly row: number;
  readonly similarity: number;
}

const ROWS = 1024;
const CHUNK = 64;

export interface NearestOptions {
  /** How many rows are wanted for each. */
  readonly most: number;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The rows nearest to some rows, itself left out, the nearest first; of equals the first. Reads the
 * vectors twice; memory: the asked rows' vectors, and their similarities to a block of rows.
 */
export async function nearestRows(
  source: VectorSource,
  asked: ArrayLike<number>,
  { most, threads = 1, signal }: NearestOptions,
): Promise<Map<number, readonly NearRow[]>> {
  const { d } = source;
  const count = asked.length;
  const queries = await unitRows(source, asked, signal);
  const block = ProductThreads.shared(ROWS * d);
  const cosines = ProductThreads.shared(ROWS * count);
  const pool = new ProductThreads([queries, block, cosines], count < CHUNK ? 1 : threads);
  const found: NearRow[][] = Array.from({ length: count }, () => []);
  const unit = new Float64Array(d);
  try {
    for await (const { start, rows, values } of blocksOf(source, ROWS, signal)) {
      for (let i = 0; i < rows; i++) {
        unitInto(values, i * d, unit, start + i);
        block.set(unit, i * d);
      }
      cosines.fill(0);
      const list = new ProductList();
      for (let from = 0; from < count; from += CHUNK) {
        const p = { array: 0, at: from * d, stride: d };
        const out = { array: 2, at: from * ROWS, stride: ROWS };
        list.add(p, Math.min(CHUNK, count - from), { array: 1, at: 0, stride: d }, rows, d, out);
      }
      await pool.add(list);
      for (let q = 0; q < count; q++) {
        for (let i = 0; i < rows; i++) {
          const similarity = cosines[q * ROWS + i]!;
          const last = found[q]![most - 1];
          if (start + i === asked[q] || (last !== undefined && similarity <= last.similarity)) {
            continue;
          }
          insert(found[q]!, { row: start + i, similarity }, most);
        }
      }
    }
  } finally {
    await pool.close();
  }
  return new Map(found.map((near, q) => [asked[q]!, near]));
}

async function unitRows(
  source: VectorSource,
  asked: ArrayLike<number>,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const { d } = source;
  const units = ProductThreads.shared(asked.length * d);
  const order = Array.from({ length: asked.length }, (_, q) => q);
  order.sort((a, b) => asked[a]! - asked[b]!);
  let next = 0;
  for await (const { start, rows, values } of blocksOf(source, ROWS, signal)) {
    for (; next < order.length && asked[order[next]!]! < start + rows; next++) {
      const q = order[next]!;
      const at = (asked[q]! - start) * d;
      unitInto(values, at, units.subarray(q * d, (q + 1) * d), asked[q]!);
    }
  }
  return units;
}

function insert(near: NearRow[], one: NearRow, most: number): void {
  let place = near.length;
  while (place > 0 && near[place - 1]!.similarity < one.similarity) place -= 1;
  near.splice(place, 0, one);
  if (near.length > most) near.pop();
}
