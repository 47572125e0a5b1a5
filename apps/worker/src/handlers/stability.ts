import {
  type FindOptions,
  findLabelIssues,
  findLabelIssuesPerFold,
  type ProbabilitySource,
  splitByFold,
} from "@winnow/confident-learning";
import type { PruningOptions, PruningReport } from "@winnow/contracts";
import { type RunVoter, readRowFolds, type Store } from "@winnow/store";

/** How many of a run's models flag each row. */
export interface Votes {
  readonly voters: readonly RunVoter[];
  /** (n) */
  readonly counts: Uint8Array;
}

interface VoteOptions {
  readonly store: Store;
  readonly voters: readonly RunVoter[];
  readonly scope: PruningOptions["scope"];
  /** Of the pruning, so that each model flags by the same method. */
  readonly options: FindOptions;
  readonly sourceOf: (crossValidationId: string) => ProbabilitySource;
  /** Called with how often a voter's rows have been read, in rows. */
  readonly onProgress: (voter: number, rows: number) => void;
}

/**
 * Lets each model flag alone, by the same method; null where there are fewer than two. One model
 * after another streams through confident learning: memory is a byte a row and what one of them takes.
 */
export async function takeVotes(asked: VoteOptions): Promise<Votes | null> {
  const { store, voters, scope, sourceOf } = asked;
  if (voters.length < 2) return null;
  let counts: Uint8Array | undefined;
  for (const [voter, { id }] of voters.entries()) {
    const source = sourceOf(id);
    counts ??= new Uint8Array(source.n);
    const options: FindOptions = {
      ...asked.options,
      // The order does not change what is flagged.
      order: "none",
      adjust: false,
      everyRow: false,
      onProgress: ({ pass, rows, n }) => asked.onProgress(voter, (pass - 1) * n + rows),
    };
    const { indices } =
      scope === "fold"
        ? await findLabelIssuesPerFold(
            splitByFold(source, await readRowFolds(store, id, source.n)),
            options,
          )
        : await findLabelIssues(source, options);
    for (const row of indices) counts[row]! += 1;
  }
  return counts ? { voters, counts } : null;
}

/** A row's stability: the share of the models that flag it. */
export const stabilityOf = (votes: Votes | null, row: number): number | null =>
  votes === null ? null : votes.counts[row]! / votes.voters.length;

/** What a report says of the votes on its flags. */
export function stabilityReport(
  votes: Votes | null,
  rows: Iterable<number>,
): PruningReport["stability"] {
  if (votes === null) return null;
  let unanimous = 0;
  for (const row of rows) if (votes.counts[row] === votes.voters.length) unanimous += 1;
  return {
    voters: votes.voters.map(({ id, member }) => ({ crossValidationId: id, member })),
    unanimous,
  };
}
