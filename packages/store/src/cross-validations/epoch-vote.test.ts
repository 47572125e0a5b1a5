import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { electEpoch, epochsThatCount, type FoldBallot } from "./epoch-vote.js";

/** Folds of the same epochs, some of which stop early. */
const ballots = fc
  .record({
    epochs: fc.integer({ min: 1, max: 6 }),
    folds: fc.array(
      fc.record({
        testRows: fc.integer({ min: 1, max: 50 }),
        stopsAfter: fc.integer({ min: 1, max: 6 }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    losses: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 30, maxLength: 30 }),
  })
  .map(({ epochs, folds, losses }) =>
    folds.map(
      ({ testRows, stopsAfter }, fold): FoldBallot => ({
        fold,
        testRows,
        epochs: Array.from({ length: Math.min(epochs, stopsAfter) }, (_, e) => ({
          epoch: e + 1,
          loss: losses[fold * 6 + e]! / 100,
          accuracy: 1 / losses[fold * 6 + e]!,
        })),
      }),
    ),
  );

describe("the epoch that folds elect", () => {
  it("is the one with the lowest loss over the single rows of all folds, of those they share", () => {
    fc.assert(
      fc.property(ballots, (folds) => {
        const { chosen, candidates } = electEpoch(folds);
        const shared = Math.min(...folds.map(({ epochs }) => epochs.length));
        expect(candidates.map(({ epoch }) => epoch)).toEqual(
          Array.from({ length: shared }, (_, e) => e + 1),
        );
        // Row by row, as if nobody had made means of folds.
        const meanOf = (epoch: number) => {
          const rows = folds.flatMap(({ testRows, epochs }) =>
            Array.from({ length: testRows }, () => epochs[epoch - 1]!.loss!),
          );
          return rows.reduce((sum, loss) => sum + loss, 0) / rows.length;
        };
        for (const { epoch, loss } of candidates) expect(loss).toBeCloseTo(meanOf(epoch), 9);
        for (let epoch = 1; epoch <= shared; epoch++) {
          expect(meanOf(chosen.epoch)).toBeLessThanOrEqual(meanOf(epoch) + 1e-12);
        }
      }),
    );
  });

  it("is the earlier one of equals", () => {
    const epochs = [1, 2, 3].map((epoch) => ({
      epoch,
      loss: epoch === 1 ? 0.5 : 0.25,
      accuracy: 1,
    }));
    expect(electEpoch([{ fold: 0, testRows: 4, epochs }]).chosen.epoch).toBe(2);
  });

  it("does not exist where folds share no epoch", () => {
    const at = (epoch: number) => [{ epoch, loss: 1, accuracy: 0 }];
    const folds = [1, 2].map((epoch, fold) => ({ fold, testRows: 1, epochs: at(epoch) }));
    expect(() => electEpoch(folds)).toThrow("no epoch of finite loss in common");
  });

  it.each([null, Number.NaN, Number.NEGATIVE_INFINITY])(
    "is never one whose loss is %s in a fold, and no candidate has such a loss",
    (bad) => {
      const fold = (losses: (number | null)[], testRows: number) => ({
        fold: 0,
        testRows,
        epochs: losses.map((loss, i) => ({ epoch: i + 1, loss, accuracy: 0.5 })),
      });
      const { chosen, candidates } = electEpoch([
        fold([0.1, bad, 0.7], 3),
        fold([0.9, 0.1, 0.6], 5),
      ]);
      expect(chosen.epoch).toBe(1);
      expect(candidates.map(({ epoch }) => epoch)).toEqual([1, 3]);
      expect(() => electEpoch([fold([bad], 1)])).toThrow("no epoch of finite loss");
    },
  );
});

describe("the epochs of a fold that count", () => {
  const epochs = [0.7, 0.4, null, 0.4, 0.9].map((heldOutLoss, i) => ({
    epoch: i + 1,
    heldOutLoss,
  }));
  const counted = (choice: "vote" | "fold" | "last", elected: number | null, of = epochs) =>
    epochsThatCount(choice, elected, of).map(({ epoch }) => epoch);

  it("are all of them until the folds have elected one, and then that one", () => {
    expect(counted("vote", null)).toEqual([1, 2, 3, 4, 5]);
    expect(counted("vote", 3)).toEqual([3]);
  });

  it("are the first of those with the lowest loss where each fold has its own", () => {
    expect(counted("fold", null)).toEqual([2]);
    expect(counted("fold", null, epochs.slice(2, 3))).toEqual([3]);
  });

  it.each([null, Number.NaN, Number.NEGATIVE_INFINITY])(
    "are never one with a loss of %s if another is finite",
    (bad) => {
      const of = [bad, 0.9, bad, 0.8].map((heldOutLoss, i) => ({ epoch: i + 1, heldOutLoss }));
      expect(counted("fold", null, of)).toEqual([4]);
    },
  );

  it("are unknown for a choice that this version does not know", () => {
    expect(() => counted("median" as "fold", null)).toThrow("unknown choice of epochs: median");
  });

  it("are otherwise the last one, and none for a fold without epochs", () => {
    expect(counted("last", null)).toEqual([5]);
    expect(counted("last", null, [])).toEqual([]);
    expect(counted("fold", null, [])).toEqual([]);
  });
});
