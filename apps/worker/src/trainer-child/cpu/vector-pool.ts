import { availableParallelism } from "node:os";
import {
  type ProbabilitySource,
  poolOfSources,
  secondRoundTargets,
  vectorShares,
} from "@winnow/confident-learning";
import {
  type HeldOutSource,
  type QuickAnswer,
  requireGaussianRoom,
  sparseTargets,
  type TextStore,
  type VectorRounds,
  vectorRounds,
} from "@winnow/linear";
import { ScratchFile } from "@winnow/storage";
import type { MemberTable, WholeBlock } from "@winnow/store";
import { openRunVectors, type VectorParams } from "../vectors/open-vectors.js";
import type { RunVectors } from "../vectors/opened-vectors.js";
import type { CpuDeps, RunClaim } from "./cpu-deps.js";
import { float32Blocks } from "./pooling.js";

interface VectorPlan {
  readonly model: VectorParams;
  readonly texts: TextStore;
  /** The first round of the quick model. */
  readonly quick: QuickAnswer;
  readonly labels: Int32Array;
  readonly k: number;
  /** What teaches the second round: the mean of these, and of other models where there are any. */
  readonly teacherOf: (members: readonly HeldOutSource[]) => ProbabilitySource;
  /** For files that have no name. */
  readonly folder: string;
  readonly onProgress: (share: number) => void;
}

/** What two rounds say: their pool, and the members, as they are stored. */
export interface RoundsPool {
  blocks(): AsyncIterable<WholeBlock>;
  readonly members: readonly MemberTable[];
  /** Gives the files back. */
  close(): void;
}

/** Of rounds over texts and vectors, also what the run's record says of them. */
export interface VectorPool extends RoundsPool {
  readonly figures: Readonly<Record<string, unknown>>;
}

/**
 * Reads a run's vectors and runs both rounds, exactly as `winnow audit --embeddings` and `--encoder` do.
 * Throws `bad-npy`, `invalid-parameters`, and what an encoder throws.
 */
export async function poolWithVectors(
  { datasetId }: Pick<RunClaim, "datasetId">,
  plan: VectorPlan,
  deps: CpuDeps,
): Promise<VectorPool> {
  const { model, texts, quick, labels, k, teacherOf, folder, onProgress } = plan;
  const files = Array.from({ length: 4 }, () => new ScratchFile(folder));
  const [scratch, ...rest] = files as [ScratchFile, ScratchFile, ScratchFile, ScratchFile];
  const close = () => {
    for (const file of files) file.close();
  };
  try {
    const n = labels.length;
    const opened = await openRunVectors(model, { datasetId, texts }, { ...deps, scratch });
    const { vectors } = opened;
    requireGaussianRoom({ rows: n, columns: vectors.d, classes: k, folds: quick.model.folds });
    const rounds = await vectorRounds({
      quick,
      vectors,
      labels,
      k,
      teach: async (members) => sparseTargets(await secondRoundTargets(teacherOf(members))),
      scratch: rest,
      threads: availableParallelism(),
      onProgress,
    });
    return { ...poolOf(quick, rounds, opened), close };
  } catch (error) {
    close();
    throw error;
  }
}

function poolOf(
  quick: QuickAnswer,
  rounds: VectorRounds,
  { vectors: { d: columns }, encoder }: RunVectors,
): Omit<VectorPool, "close"> {
  const { vectors, second, vectorsSecond, ridge, weight } = rounds;
  const shares = vectorShares(weight);
  const { folds } = quick;
  const member = (name: MemberTable["member"], source: HeldOutSource): MemberTable => ({
    member: name,
    folds,
    blocks: () => float32Blocks(source),
  });
  const pool = poolOfSources([
    { source: quick.source, share: shares.quick },
    { source: vectors.source, share: shares.vectors },
    { source: second.source, share: shares.second },
    { source: vectorsSecond.source, share: shares.vectorsSecond },
  ]);
  return {
    blocks: () => float32Blocks(pool),
    members: [
      member("quick", quick.source),
      member("vectors", vectors.source),
      member("second", second.source),
      member("vectors-second", vectorsSecond.source),
    ],
    figures: { vectors: { columns, ridge: ridge.ridge, weight, ...(encoder && { encoder }) } },
  };
}
