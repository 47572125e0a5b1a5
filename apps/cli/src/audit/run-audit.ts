import { ScratchFile } from "@winnow/storage";
import type { Steps } from "../terminal/steps.js";
import { bytes, count } from "../terminal/text.js";
import { type AuditReport, auditReport } from "./audit-report.js";
import { type AuditFindings, JUDGE_FILES, judgeRows } from "./judge-rows.js";
import { type AuditRows, type AuditSource, readRows } from "./read-file.js";
import type { OpenVectors } from "./vectors-of-rows.js";
import { type WrittenFile, writeSplits } from "./write-files.js";
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
  const { source, size, folder } = plan;
  const { signal } = source;
  const rows = await steps.run("reading", async (report) => {
    const read = await readRows(source, (done) =>
      report({ share: done / Math.max(1, size), text: bytes(done) }),
    );
    return { value: read, summary: `${count(read.labels.length)} rows` };
  });
  const files = Array.from({ length: JUDGE_FILES }, () => new ScratchFile());
  try {
    const asked = { ...plan, signal, isWritten: folder !== undefined };
    const findings = await judgeRows(rows, asked, files, steps);
    const written = await steps.run("files", async () => {
      const value = await writeFiles(plan, rows, findings);
      return { value, summary: `${value.length} written` };
    });
    return auditReport({ rows, findings, top: plan.top }, written);
  } finally {
    for (const file of files) file.close();
  }
}

async function writeFiles(
  { source, folder, scores }: AuditPlan,
  rows: AuditRows,
  findings: AuditFindings,
): Promise<WrittenFile[]> {
  const written: WrittenFile[] = [];
  if (scores !== undefined) {
    const isReplaced = await writeScores(scores, rows, findings.flags);
    written.push({ path: scores, rows: rows.labels.length, isReplaced });
  }
  if (folder !== undefined) {
    written.push(...(await writeSplits({ folder, source, rows, findings })));
  }
  return written;
}
