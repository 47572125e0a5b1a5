import { ConfidentLearningError } from "../errors.js";
import type { ProbabilityBlock, ProbabilitySource } from "../input/source.js";
import { meanInto, poolInto } from "./pool.js";

/** A source and its share of the pool: the exponent of its probabilities. */
export interface SourceMember {
  readonly source: ProbabilitySource;
  readonly share: number;
}

/** The members' mean, block by block. They must be of the same rows, in equal blocks. */
export function meanOfSources(members: readonly ProbabilitySource[]): ProbabilitySource {
  return combined(members, (blocks, k, out) =>
    meanInto(
      blocks.map(({ probs }) => probs),
      k,
      out,
    ),
  );
}

/** The members' pool (`poolInto`), block by block. They must be of the same rows, in equal blocks. */
export function poolOfSources(members: readonly SourceMember[]): ProbabilitySource {
  const sources = members.map(({ source }) => source);
  return combined(sources, (blocks, k, out) => {
    const own = blocks.map(({ probs }, i) => ({ probs, share: members[i]!.share }));
    poolInto(own, k, out);
  });
}

function combined(
  sources: readonly ProbabilitySource[],
  combine: (blocks: readonly ProbabilityBlock[], k: number, out: Float64Array) => void,
): ProbabilitySource {
  const first = sources[0];
  if (first === undefined || sources.some(({ n, k }) => n !== first.n || k !== first.k)) {
    const shapes = sources.map(({ n, k }) => `(${n}, ${k})`).join(", ");
    throw new ConfidentLearningError(
      "length-mismatch",
      `members of the shapes ${shapes || "none"}`,
    );
  }
  const { n, k } = first;
  return {
    n,
    k,
    dtype: "float64",
    async *blocks() {
      const readers = sources.map((source) => iterate(source.blocks()));
      try {
        for (;;) {
          const results = await Promise.all(readers.map((reader) => reader.next()));
          if (results.every(({ done }) => done === true)) return;
          const blocks = results.map(({ value }) => value as ProbabilityBlock | undefined);
          const [head] = blocks;
          if (head === undefined || !blocks.every((block) => block?.rows === head.rows)) {
            throw new Error("members of a pool have unequal blocks");
          }
          const probs = new Float64Array(head.rows * k);
          combine(blocks as ProbabilityBlock[], k, probs);
          yield { start: head.start, rows: head.rows, labels: head.labels, probs };
        }
      } finally {
        for (const reader of readers) await reader.return?.();
      }
    },
  };
}

function iterate(
  blocks: ReturnType<ProbabilitySource["blocks"]>,
): AsyncIterator<ProbabilityBlock> | Iterator<ProbabilityBlock> {
  return Symbol.asyncIterator in blocks
    ? blocks[Symbol.asyncIterator]()
    : blocks[Symbol.iterator]();
}
