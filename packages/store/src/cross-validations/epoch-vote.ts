import type { EpochVote } from "@winnow/contracts";

interface EvaluatedEpoch {
  readonly epoch: number;
  readonly heldOutLoss: number | null;
}

/**
 * The epochs of a fold whose predictions are the run's, or may still become so. If the folds vote,
 * that is the elected epoch, or every one before the election (null). Otherwise it is the fold's
 * best by held-out loss, the first of equals, or its last. A fold without epochs has none.
 */
export function epochsThatCount<E extends EvaluatedEpoch>(
  choice: EpochVote["choice"],
  elected: number | null,
  epochs: readonly E[],
): readonly E[] {
  switch (choice) {
    case "vote":
      return elected === null ? epochs : epochs.filter(({ epoch }) => epoch === elected);
    case "last":
      return epochs.slice(-1);
    case "fold": {
      const [first, ...later] = epochs;
      if (!first) return [];
      return [later.reduce((best, next) => (lossOf(next) < lossOf(best) ? next : best), first)];
    }
    default:
      // The choice comes from a row, which a newer version may have written.
      throw new Error(`unknown choice of epochs: ${choice satisfies never}`);
  }
}

/** A loss that is not finite, which JSON stores as null, is worse than any other. */
const lossOf = ({ heldOutLoss }: EvaluatedEpoch): number =>
  isFiniteLoss(heldOutLoss) ? heldOutLoss : Number.POSITIVE_INFINITY;

const isFiniteLoss = (loss: number | null): loss is number => Number.isFinite(loss);

/** The figures of a fold's epochs on its held-out rows. */
export interface FoldBallot {
  readonly fold: number;
  readonly testRows: number;
  readonly epochs: readonly {
    readonly epoch: number;
    /** Mean log loss against the given labels; null if it was not finite. */
    readonly loss: number | null;
    readonly accuracy: number;
  }[];
}

export interface EpochFigures {
  readonly epoch: number;
  /** Mean log loss against the given labels. */
  readonly loss: number;
  readonly accuracy: number;
}

/**
 * Elects the epoch with the lowest mean log loss over all rows of all folds, the first of equals;
 * `candidates` has the figures of each. Only epochs that every fold has evaluated with a finite loss
 * can be elected: a fold whose patience ran out has no later ones. Throws if the folds share none.
 */
export function electEpoch(folds: readonly FoldBallot[]): {
  readonly chosen: EpochFigures;
  readonly candidates: readonly EpochFigures[];
} {
  const rows = folds.reduce((sum, { testRows }) => sum + testRows, 0);
  const sums = new Map<number, { votes: number; loss: number; accuracy: number }>();
  for (const { testRows, epochs } of folds) {
    for (const { epoch, loss, accuracy } of epochs) {
      // null * testRows is 0, the lowest loss of all.
      if (!isFiniteLoss(loss)) continue;
      const sum = sums.get(epoch) ?? { votes: 0, loss: 0, accuracy: 0 };
      sum.votes += 1;
      sum.loss += loss * testRows;
      sum.accuracy += accuracy * testRows;
      sums.set(epoch, sum);
    }
  }
  const candidates = [...sums]
    .filter(([, { votes }]) => votes === folds.length)
    .map(([epoch, { loss, accuracy }]) => ({ epoch, loss: loss / rows, accuracy: accuracy / rows }))
    .sort((a, b) => a.epoch - b.epoch);
  const [first, ...later] = candidates;
  if (!first) throw new Error(`${folds.length} folds have no epoch of finite loss in common`);
  const chosen = later.reduce((best, next) => (next.loss < best.loss ? next : best), first);
  return { chosen, candidates };
}
