import {
  meanOfSources,
  type ProbabilitySource,
  poolOfSources,
  secondRoundTargets,
  vectorShares,
} from "@winnow/confident-learning";
import {
  type FirstVectorRound,
  firstVectorRound,
  foldCount,
  gaussianBytes,
  type HeldOutSource,
  QUICK_FOLDS,
  type QuickRows,
  requireGaussianRoom,
  type Scratch,
  sparseTargets,
  type VectorRounds,
  type VectorSource,
  vectorRounds,
} from "@winnow/linear";

/** One model's probabilities, by the name that the service gives it. */
export interface Member {
  readonly name: "quick" | "vectors" | "second" | "vectors-second";
  readonly share: number;
  readonly temperature: number;
  readonly source: HeldOutSource;
}

/** What is judged by: one model, or a pool of several. */
export interface Judged {
  readonly source: ProbabilitySource;
  readonly members: readonly Member[];
  /** Of vectors: their columns, and the ridge that was chosen. */
  readonly vectors?: { readonly columns: number; readonly ridge: VectorRounds["ridge"] };
}

interface VectorRows {
  readonly vectors: VectorSource;
  readonly labels: Int32Array;
  readonly k: number;
  readonly scratch: readonly [Scratch, Scratch, Scratch];
  readonly threads: number;
  readonly signal: AbortSignal;
}

export interface VectorPlan extends VectorRows {
  readonly quick: QuickRows;
  /** The vectors' first round, if it has begun. */
  readonly first: Promise<FirstVectorRound> | undefined;
  readonly onProgress: (share: number) => void;
}

/** What the first round may hold beside the quick model. */
const MOST_BESIDE_BYTES = 256 * 2 ** 20;

/**
 * Begins the vectors' first round beside the quick model; undefined where both would take too much memory
 * at once. What fails in it is thrown to whoever awaits it.
 */
export function beginVectors(
  rows: VectorRows & { readonly folds: Uint8Array },
): Promise<FirstVectorRound> | undefined {
  const { vectors, labels, k, scratch } = rows;
  const folds = QUICK_FOLDS;
  const bytes = gaussianBytes({ rows: labels.length, columns: vectors.d, classes: k, folds });
  if (bytes > MOST_BESIDE_BYTES) return undefined;
  const first = firstVectorRound({ ...rows, scratch: scratch[0] });
  first.catch(() => {});
  return first;
}

/** The quick model alone. */
export function judgedByTexts({ source, temperature }: QuickRows): Judged {
  return { source, members: [{ name: "quick", share: 1, temperature, source }] };
}

/** Two rounds over texts and vectors, and the pool of all four members. */
export async function judgeWithVectors(plan: VectorPlan): Promise<Judged> {
  const { quick, vectors, labels, k, signal } = plan;
  const { d } = vectors;
  requireGaussianRoom({
    rows: labels.length,
    columns: d,
    classes: k,
    folds: foldCount(quick.folds),
  });
  const teach = async (members: readonly HeldOutSource[]) =>
    sparseTargets(await secondRoundTargets(meanOfSources(members), signal));
  const rounds = await vectorRounds({ ...plan, labels, teach });
  const shares = vectorShares(rounds.weight);
  const member = (name: Member["name"], share: number, of: Omit<Member, "name" | "share">) => ({
    name,
    share,
    temperature: of.temperature,
    source: of.source,
  });
  const members = [
    member("quick", shares.quick, quick),
    member("vectors", shares.vectors, rounds.vectors),
    member("second", shares.second, rounds.second),
    member("vectors-second", shares.vectorsSecond, rounds.vectorsSecond),
  ];
  return {
    source: poolOfSources(members),
    members,
    vectors: { columns: vectors.d, ridge: rounds.ridge },
  };
}

/** What each member says of some rows: the probabilities of two of their classes. */
export function memberOpinions(
  members: readonly Member[],
  asked: readonly { readonly row: number; readonly given: number; readonly suggested: number }[],
): { name: string; given: number; suggested: number }[][] {
  const inOrder = asked.map((one, place) => ({ ...one, place })).sort((a, b) => a.row - b.row);
  const opinions: { name: string; given: number; suggested: number }[][] = asked.map(() => []);
  for (const { name, source } of members) {
    let next = 0;
    for (const { start, rows, probs } of source.blocks()) {
      for (; next < inOrder.length && inOrder[next]!.row < start + rows; next++) {
        const { row, given, suggested, place } = inOrder[next]!;
        const at = (row - start) * source.k;
        opinions[place]!.push({
          name,
          given: probs[at + given]!,
          suggested: probs[at + suggested]!,
        });
      }
    }
  }
  return opinions;
}
