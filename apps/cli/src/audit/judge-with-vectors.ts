import {
  findLabelIssues,
  meanOfSources,
  type ProbabilitySource,
  poolOfSources,
  softTargetsOf,
  transitionOf,
  vectorShares,
} from "@winnow/confident-learning";
import {
  gaussianBytes,
  type HeldOutSource,
  type QuickAnswer,
  type Scratch,
  sparseTargets,
  type Targets,
  type VectorRounds,
  type VectorSource,
  vectorRounds,
} from "@winnow/linear";
import { CliError } from "../terminal/failure.js";
import { bytes, count } from "../terminal/text.js";

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

export interface VectorPlan {
  readonly quick: QuickAnswer;
  readonly vectors: VectorSource;
  readonly labels: Int32Array;
  readonly k: number;
  readonly scratch: readonly [Scratch, Scratch, Scratch];
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** Classes kept of a row's posterior: more change nothing. Of very many rows fewer fit into memory. */
const MOST_CLASSES = 10;
const FEWEST_CLASSES = 2;
const MOST_TARGETS = 6e6;
const MOST_BYTES = 4 * 2 ** 30;
const MOST_COLUMNS = 4096;

/** The quick model alone. */
export function judgedByTexts({ source, temperature }: QuickAnswer): Judged {
  return { source, members: [{ name: "quick", share: 1, temperature, source }] };
}

/** Two rounds over texts and vectors, and the pool of all four members. */
export async function judgeWithVectors(plan: VectorPlan): Promise<Judged> {
  const { quick, vectors, labels, k, signal } = plan;
  requireRoom(plan);
  const teach = async (members: readonly HeldOutSource[]): Promise<Targets> => {
    const teacher = meanOfSources(members);
    const { exactJoint } = await findLabelIssues(teacher, { semantics: "cleanlab-2", signal });
    const transition = transitionOf(exactJoint, k);
    const fitting = Math.floor(MOST_TARGETS / labels.length);
    const most = Math.min(MOST_CLASSES, Math.max(FEWEST_CLASSES, fitting));
    return sparseTargets(await softTargetsOf(teacher, transition, { most, signal }));
  };
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

function requireRoom({ quick, vectors, labels, k }: VectorPlan): void {
  const { d } = vectors;
  const size = { rows: labels.length, columns: d, classes: k, folds: quick.model.folds };
  const needed = gaussianBytes(size);
  if (d <= MOST_COLUMNS && needed <= MOST_BYTES) return;
  throw new CliError(
    "too-large",
    `vectors of ${count(d)} columns and ${count(k)} classes need ${bytes(needed)} of memory; ` +
      `at most ${count(MOST_COLUMNS)} columns and ${bytes(MOST_BYTES)}: reduce the columns, for example by PCA`,
  );
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
