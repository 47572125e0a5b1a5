import {
  type Consensus,
  consensusLabels,
  type ProbabilitySource,
  requireOverlap,
} from "@winnow/confident-learning";
import { assignFolds } from "@winnow/corpus";
import { QUICK_FOLDS, quickModel } from "@winnow/linear";
import { ScratchFile } from "@winnow/storage";
import type { AuditSource } from "../audit/read-file.js";
import type { Steps } from "../terminal/steps.js";
import { bytes, count } from "../terminal/text.js";
import { readVotes, type VotedRows } from "./read-votes.js";
import { writeAnnotators, writeConsensus } from "./write-consensus.js";

export interface ConsensusPlan {
  readonly source: AuditSource;
  /** Of the file, in bytes. */
  readonly size: number;
  /** Of the rows that were read; without it the quick model predicts, which learns the majority votes. */
  readonly probabilities: ((rows: VotedRows) => Promise<ProbabilitySource>) | undefined;
  readonly out: string;
  /** The csv of annotators. */
  readonly annotatorsFile: string | undefined;
  readonly threads: number;
  readonly seed: number;
}

export interface ConsensusReport {
  readonly rows: VotedRows;
  readonly consensus: Consensus;
  readonly files: readonly { readonly path: string; readonly isReplaced: boolean }[];
}

/** Reads the votes, asks a model, and writes each row's consensus. */
export async function runConsensus(plan: ConsensusPlan, steps: Steps): Promise<ConsensusReport> {
  const { source, size, out, annotatorsFile } = plan;
  const rows = await steps.run("reading", async (report) => {
    const read = await readVotes(source, (done) =>
      report({ share: done / Math.max(1, size), text: bytes(done) }),
    );
    // Said before a model is trained for nothing.
    requireOverlap(read.votes);
    const summary = `${count(read.votes.n)} rows, ${count(read.votes.label.length)} votes`;
    return { value: read, summary };
  });
  const files = [new ScratchFile(), new ScratchFile()] as const;
  try {
    const probabilities = plan.probabilities
      ? await plan.probabilities(rows)
      : await quickProbabilities(plan, rows, files, steps);
    const consensus = await steps.run("consensus", async () => {
      const value = await consensusLabels(rows.votes, probabilities, {
        signal: source.signal,
      });
      const changed = value.labels.filter((label, i) => label !== value.majority[i]).length;
      return { value, summary: `${count(changed)} rows against their majority` };
    });
    const written = await steps.run("files", async () => {
      const value = [
        { path: out, isReplaced: await writeConsensus(out, { source, rows, consensus }) },
      ];
      if (annotatorsFile !== undefined) {
        const isReplaced = await writeAnnotators(annotatorsFile, rows, consensus);
        value.push({ path: annotatorsFile, isReplaced });
      }
      return { value, summary: "written" };
    });
    return { rows, consensus, files: written };
  } finally {
    for (const file of files) file.close();
  }
}

function quickProbabilities(
  { source, threads, seed }: ConsensusPlan,
  { texts, majority, summary }: VotedRows,
  scratch: readonly [ScratchFile, ScratchFile],
  steps: Steps,
): Promise<ProbabilitySource> {
  return steps.run("model", async (report) => {
    const { source: value, model } = await quickModel({
      texts,
      labels: majority,
      k: summary.classes.length,
      folds: assignFolds(majority, Math.min(QUICK_FOLDS, majority.length), seed),
      scratch,
      threads,
      signal: source.signal,
      onProgress: (share) => report({ share, text: "" }),
    });
    return { value, summary: `of the majority votes, ${model.folds} folds` };
  });
}
