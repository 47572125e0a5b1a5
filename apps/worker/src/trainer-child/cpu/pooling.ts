import { type PoolMember, type ProbabilitySource, poolInto } from "@winnow/confident-learning";
import type { HeldOutSource } from "@winnow/linear";
import type { StoredBlock, WholeBlock } from "@winnow/store";

/** The folds' probabilities, read anew at each call. */
export type Given = () => AsyncIterable<Pick<StoredBlock, "rows" | "probs">>;

/**
 * The mean of the folds' probabilities, which count as so many models, and the others': it teaches the
 * second round.
 */
export function meanSource(
  given: Given,
  models: number,
  others: readonly HeldOutSource[],
): ProbabilitySource {
  const { n, k, blocks } = others[0]!;
  return {
    n,
    k,
    dtype: "float64",
    async *blocks() {
      const rows = new RowReader(given(), k);
      const more = others.slice(1).map((source) => source.blocks()[Symbol.iterator]());
      for (const { start, rows: count, labels, probs } of blocks()) {
        const own = await rows.read(count);
        const mean = new Float64Array(count * k);
        for (let i = 0; i < mean.length; i++) mean[i] = models * own[i]! + probs[i]!;
        for (const next of more) {
          const { value, done } = next.next();
          if (done || value.rows !== count) throw new Error("members have unequal blocks");
          for (let i = 0; i < mean.length; i++) mean[i]! += value.probs[i]!;
        }
        for (let i = 0; i < mean.length; i++) mean[i]! /= models + others.length;
        yield { start, rows: count, labels, probs: mean };
      }
      await rows.close();
    },
  };
}

/** The weighted geometric mean of the folds' probabilities and of other sources, as it is stored. */
export async function* pooledBlocks(
  given: Given,
  share: number,
  others: readonly { readonly source: HeldOutSource; readonly share: number }[],
): AsyncGenerator<WholeBlock> {
  const [first, ...more] = others.map(({ source }) => source.blocks()[Symbol.iterator]());
  const { k } = others[0]!.source;
  const rows = new RowReader(given(), k);
  for (let next = first!.next(); !next.done; next = first!.next()) {
    const { start, rows: count, probs } = next.value;
    const members: PoolMember[] = [
      { probs: await rows.read(count), share },
      { probs, share: others[0]!.share },
    ];
    more.forEach((blocks, i) => {
      const { value, done } = blocks.next();
      if (done || value.rows !== count) throw new Error("sources of a pool have unequal blocks");
      members.push({ probs: value.probs, share: others[i + 1]!.share });
    });
    const pool = new Float32Array(count * k);
    poolInto(members, k, pool);
    yield { start, rows: count, probs: pool };
  }
  await rows.close();
}

/** A source's rows as they are stored. */
export async function* float32Blocks(source: ProbabilitySource): AsyncGenerator<WholeBlock> {
  for await (const { start, rows, probs } of source.blocks()) {
    yield { start, rows, probs: probs instanceof Float32Array ? probs : Float32Array.from(probs) };
  }
}

/** Reads rows in numbers that the blocks do not have. */
class RowReader {
  readonly #blocks: AsyncIterator<Pick<StoredBlock, "rows" | "probs">>;
  readonly #k: number;
  #rest: Float32Array = new Float32Array(0);

  constructor(blocks: ReturnType<Given>, k: number) {
    this.#blocks = blocks[Symbol.asyncIterator]();
    this.#k = k;
  }

  /** The next rows, (count, k). */
  async read(count: number): Promise<Float32Array> {
    const wanted = new Float32Array(count * this.#k);
    let at = 0;
    while (at < wanted.length) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#blocks.next();
        if (done) throw new Error(`the folds' probabilities end ${wanted.length - at} early`);
        this.#rest = value.probs;
      }
      const part = this.#rest.subarray(0, wanted.length - at);
      wanted.set(part, at);
      at += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return wanted;
  }

  /** Gives the connection back. */
  async close(): Promise<void> {
    await this.#blocks.return?.();
  }
}
