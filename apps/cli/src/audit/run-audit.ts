import { assignFolds } from "@winnow/corpus";
import { evidenceOf, QUICK_FOLDS, quickModel, type VectorSource } from "@winnow/linear";
import { ScratchFile } from "@winnow/storage";
import type { Steps } from "../terminal/steps.js";
import { bytes, count } from "../terminal/text.js";
import { type AuditReport, auditReport } from "./audit-report.js";
import { findFlags } from "./find-flags.js";
import { type Judged, judgedByTexts, judgeWithVectors } from "./judge-with-vectors.js";
import { nearestOfFlags } from "./nearest.js";
import { type AuditRows, type AuditSource, readRows } from "./read-file.js";
import type { OpenVectors } from "./vectors-of-rows.js";
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
  /** Where vectors of the rows come from, if they are judged by some. */
  readonly vectors: OpenVectors | undefined;
  /** Threads that may be used. */
  readonly threads: number;
  readonly cjk: boolean | undefined;
  readonly top: number;
  readonly seed: number;
}

/** Reads a file, judges every label, and writes what was asked for. */
export async function runAudit(plan: AuditPlan, steps: Steps): Promise<AuditReport> {
  const { source, size, seed, cjk, threads } = plan;
  const { signal } = source;
  const rows = await steps.run("reading", async (report) => {
    const read = await readRows(source, (done) =>
      report({ share: done / Math.max(1, size), text: bytes(done) }),
    );
    return { value: read, summary: `${count(read.labels.length)} rows` };
  });
  const k = rows.summary.classes.length;
  const { texts, labels } = rows;
  const files = Array.from({ length: 5 }, () => new ScratchFile());
  const [features, quick, ...rest] = files as [ScratchFile, ScratchFile, ...ScratchFile[]];
  try {
    const vectors = await openVectors(plan, rows, steps);
    const folds = assignFolds(labels, Math.min(QUICK_FOLDS, labels.length), seed);
    const answer = await steps.run("model", async (report) => {
      const onProgress = (share: number) => report({ share, text: "" });
      const value = await quickModel({
        texts,
        labels,
        k,
        folds,
        cjk,
        scratch: [features, quick],
        threads,
        signal,
        onProgress,
      });
      return {
        value,
        summary: `${count(value.features.size)} n-grams, ${value.model.folds} folds`,
      };
    });
    const judged: Judged =
      vectors === undefined
        ? judgedByTexts(answer)
        : await steps.run("rounds", async (report) => {
            const value = await judgeWithVectors({
              quick: answer,
              vectors,
              labels,
              k,
              scratch: rest as [ScratchFile, ScratchFile, ScratchFile],
              threads,
              signal,
              onProgress: (share) => report({ share, text: "" }),
            });
            return { value, summary: `${count(vectors.d)} columns, two rounds` };
          });
    const flags = await steps.run("order", async (report) => {
      const onProgress = (share: number) => report({ share, text: "" });
      const value = await findFlags(judged.source, signal, onProgress, {
        classNames: rows.summary.classes.map(({ name }) => name),
        hasVectors: vectors !== undefined,
        threads,
      });
      return { value, summary: `${count(value.issues.indices.length)} flags` };
    });
    const { folder, scores, hasEvidence, top } = plan;
    const { indices } = flags.issues;
    const nearest =
      vectors && hasEvidence
        ? await steps.run("nearest", async () => {
            const value = await nearestOfFlags(vectors, indices, { top, threads, signal });
            return { value, summary: `of ${count(value.size)} flags` };
          })
        : undefined;
    const written = await steps.run("files", async () => {
      const written = [];
      if (scores !== undefined) {
        await writeScores(scores, rows, flags);
        written.push({ path: scores, rows: labels.length });
      }
      if (folder !== undefined) {
        const doubts = Array.from(indices, (row) => ({
          row,
          given: labels[row]!,
          suggested: flags.suggested[row]!,
        }));
        const evidence = hasEvidence
          ? await evidenceOf(answer.model, answer.folds, doubts)
          : undefined;
        written.push(...(await writeSplits({ folder, source, rows, flags, evidence, nearest })));
      }
      return { value: written, summary: `${written.length} written` };
    });
    return await auditReport({ rows, answer, judged, flags, nearest, top, hasEvidence }, written);
  } finally {
    for (const file of files) file.close();
  }
}

function openVectors(
  { vectors, source }: AuditPlan,
  rows: AuditRows,
  steps: Steps,
): Promise<VectorSource | undefined> {
  if (vectors === undefined) return Promise.resolve(undefined);
  return steps.run("vectors", async (report) => {
    const onProgress = (share: number) => report({ share, text: "" });
    const value = await vectors(rows, { signal: source.signal, onProgress });
    return { value, summary: `${count(value.n)} vectors of ${count(value.d)} columns` };
  });
}
