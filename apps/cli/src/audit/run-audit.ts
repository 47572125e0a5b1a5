import { assignFolds } from "@winnow/corpus";
import { evidenceOf, QUICK_FOLDS, quickModel } from "@winnow/linear";
import { ScratchFile } from "@winnow/storage";
import type { Steps } from "../terminal/steps.js";
import { bytes, count } from "../terminal/text.js";
import { type AuditReport, auditReport } from "./audit-report.js";
import { findFlags } from "./find-flags.js";
import { type AuditSource, readRows } from "./read-file.js";
import { writeSplits } from "./write-files.js";
import { writeScores } from "./write-scores.js";

export interface AuditPlan {
  readonly source: AuditSource;
  /** Of the file, in bytes. */
  readonly size: number;
  /** For cleaned and noise; without it they are not written. */
  readonly folder: string | undefined;
  /** The csv of every row's score. */
  readonly scores: string | undefined;
  readonly hasEvidence: boolean;
  readonly cjk: boolean | undefined;
  readonly top: number;
  readonly seed: number;
}

/** Reads a file, judges every label, and writes what was asked for. */
export async function runAudit(plan: AuditPlan, steps: Steps): Promise<AuditReport> {
  const { source, size, seed, cjk } = plan;
  const { signal } = source;
  const rows = await steps.run("reading", async (report) => {
    const read = await readRows(source, (done) =>
      report({ share: done / Math.max(1, size), text: bytes(done) }),
    );
    return { value: read, summary: `${count(read.labels.length)} rows` };
  });
  const k = rows.summary.classes.length;
  const { texts, labels } = rows;
  const scratch = [new ScratchFile(), new ScratchFile()] as const;
  try {
    const folds = assignFolds(labels, Math.min(QUICK_FOLDS, labels.length), seed);
    const answer = await steps.run("model", async (report) => {
      const onProgress = (share: number) => report({ share, text: "" });
      const value = await quickModel({ texts, labels, k, folds, cjk, scratch, signal, onProgress });
      return {
        value,
        summary: `${count(value.features.size)} n-grams, ${value.model.folds} folds`,
      };
    });
    const flags = await steps.run("order", async (report) => {
      const value = await findFlags(answer.source, signal, (share) => report({ share, text: "" }));
      return { value, summary: `${count(value.issues.indices.length)} flags` };
    });
    const { folder, scores, hasEvidence, top } = plan;
    const files = await steps.run("files", async () => {
      const written = [];
      if (scores !== undefined) {
        await writeScores(scores, rows, flags);
        written.push({ path: scores, rows: labels.length });
      }
      if (folder !== undefined) {
        const doubts = Array.from(flags.issues.indices, (row) => ({
          row,
          given: labels[row]!,
          suggested: flags.suggested[row]!,
        }));
        const evidence = hasEvidence
          ? await evidenceOf(answer.model, answer.folds, doubts)
          : undefined;
        const { summary } = rows;
        written.push(...(await writeSplits({ folder, source, summary, flags, evidence })));
      }
      return { value: written, summary: `${written.length} written` };
    });
    return await auditReport({ rows, answer, flags, top, hasEvidence }, files);
  } finally {
    for (const file of scratch) file.close();
  }
}
