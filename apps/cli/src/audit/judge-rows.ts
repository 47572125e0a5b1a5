import { assignFolds } from "@winnow/corpus";
import {
  evidenceOf,
  QUICK_FOLDS,
  type QuickAnswer,
  quickModel,
  type TextFeatures,
  type VectorSource,
} from "@winnow/linear";
import type { ScratchFile } from "@winnow/storage";
import type { FoundHere } from "../report/findings-lines.js";
import type { Steps } from "../terminal/steps.js";
import { count } from "../terminal/text.js";
import { EvidenceFile } from "./evidence-file.js";
import { type AuditFlags, findFlags } from "./find-flags.js";
import { findMore } from "./find-more.js";
import {
  beginVectors,
  type Judged,
  judgedByTexts,
  judgeWithVectors,
} from "./judge-with-vectors.js";
import { type NearestOfFlags, nearestOfFlags } from "./nearest.js";
import type { AuditRows } from "./read-file.js";
import type { OpenVectors } from "./vectors-of-rows.js";

/** How the rows of a file are judged. */
export interface JudgePlan {
  /** Where vectors of the rows come from, if they are judged by some. */
  readonly vectors: OpenVectors | undefined;
  readonly hasEvidence: boolean;
  /** Whether all flags get evidence, or those alone that are shown. */
  readonly isWritten: boolean;
  readonly top: number;
  /** Threads that may be used. */
  readonly threads: number;
  readonly cjk: boolean | undefined;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Files for what does not fit into memory. */
export const JUDGE_FILES = 6;

/** What is known of a file's rows. */
export interface AuditFindings {
  readonly judged: Judged;
  readonly cjk: boolean;
  readonly flags: AuditFlags;
  /** Of flags, if it was asked for. */
  readonly evidence: EvidenceFile | undefined;
  /** Of the worst flags, if there are vectors too. */
  readonly nearest: NearestOfFlags | undefined;
  /** What else is wrong, where it was asked for. */
  readonly more: FoundHere | undefined;
}

/** Judges every label. Nothing of the model stays in memory, which is most of what an audit needs. */
export async function judgeRows(
  rows: AuditRows,
  plan: JudgePlan,
  files: readonly ScratchFile[],
  steps: Steps,
): Promise<AuditFindings> {
  const { signal, threads, top, hasEvidence, isWritten } = plan;
  const vectors = await openVectors(plan, rows, steps);
  const { judged, cjk, model, features } = await judge(rows, plan, vectors, files, steps);
  const flags = await steps.run("order", async (report) => {
    const onProgress = (share: number) => report({ share, text: "" });
    const value = await findFlags(judged.source, signal, onProgress, {
      classNames: rows.summary.classes.map(({ name }) => name),
      hasVectors: vectors !== undefined,
      threads,
    });
    return { value, summary: `${count(value.issues.indices.length)} flags` };
  });
  const { indices } = flags.issues;
  const explained = isWritten ? indices : indices.subarray(0, top);
  const evidence =
    model && (await explain(model, explained, { rows, flags, file: files.at(-1)! }, steps));
  const nearest =
    vectors && hasEvidence
      ? await steps.run("nearest", async () => {
          const value = await nearestOfFlags(vectors, indices, { top, threads, signal });
          return { value, summary: `of ${count(value.size)} flags` };
        })
      : undefined;
  const more =
    features &&
    (await steps.run("findings", async (report) => {
      const onProgress = (share: number) => report({ share, text: "" });
      const asked = { rows, source: judged.source, features, vectors, most: top, signal };
      const value = await findMore({ ...asked, onProgress });
      return { value, summary: `${count(value.outliers.count)} outliers` };
    }));
  return { judged, cjk, flags, evidence, nearest, more };
}

function openVectors(
  { vectors, signal }: JudgePlan,
  rows: AuditRows,
  steps: Steps,
): Promise<VectorSource | undefined> {
  if (vectors === undefined) return Promise.resolve(undefined);
  return steps.run("vectors", async (report) => {
    const onProgress = (share: number) => report({ share, text: "" });
    const value = await vectors(rows, { signal, onProgress });
    return { value, summary: `${count(value.n)} vectors of ${count(value.d)} columns` };
  });
}

/** Probabilities of every row, and the model, if it is asked why. */
async function judge(
  { texts, labels, summary, groupings }: AuditRows,
  { cjk, threads, seed, signal, hasEvidence }: JudgePlan,
  vectors: VectorSource | undefined,
  files: readonly ScratchFile[],
  steps: Steps,
): Promise<{
  judged: Judged;
  cjk: boolean;
  model: QuickAnswer | undefined;
  features: TextFeatures | undefined;
}> {
  const [features, ofQuick, ...rest] = files as [ScratchFile, ScratchFile, ...ScratchFile[]];
  const scratch = rest as unknown as [ScratchFile, ScratchFile, ScratchFile];
  const k = summary.classes.length;
  const folds = assignFolds(labels, Math.min(QUICK_FOLDS, labels.length), seed);
  const asked = { labels, k, folds, threads, signal };
  const first = vectors && beginVectors({ ...asked, vectors, scratch });
  const { quick, model } = await steps
    .run("model", async (report) => {
      const onProgress = (share: number) => report({ share, text: "" });
      const own = [features, ofQuick] as const;
      const answer = await quickModel({ ...asked, texts, cjk, scratch: own, onProgress });
      const { model: counts, ...rows } = answer;
      const summary = `${count(rows.features.size)} n-grams, ${counts.folds} folds`;
      // Unless it is asked why, its counts are let go before a second round makes others.
      return { value: { quick: rows, model: hasEvidence ? answer : undefined }, summary };
    })
    .catch(async (error: unknown) => {
      // What the vectors' round reads is closed by whoever catches this.
      await Promise.allSettled([first]);
      throw error;
    });
  const judged =
    vectors === undefined
      ? judgedByTexts(quick)
      : await steps.run("rounds", async (report) => {
          const onProgress = (share: number) => report({ share, text: "" });
          const value = await judgeWithVectors({
            ...asked,
            quick,
            vectors,
            first,
            scratch,
            onProgress,
          });
          return { value, summary: `${count(vectors.d)} columns, two rounds` };
        });
  return {
    ...{ judged, cjk: quick.features.cjk },
    model,
    features: groupings && quick.features,
  };
}

/** Why these flags' labels are doubted. */
function explain(
  { model, folds }: QuickAnswer,
  asked: Int32Array,
  {
    rows,
    flags,
    file,
  }: { readonly rows: AuditRows; readonly flags: AuditFlags; readonly file: ScratchFile },
  steps: Steps,
): Promise<EvidenceFile> {
  return steps.run("evidence", async (report) => {
    const value = new EvidenceFile(asked, file);
    const doubts = { rows: asked, given: rows.labels, suggested: flags.suggested };
    let done = 0;
    for await (const found of evidenceOf(model, folds, doubts)) {
      value.add(found);
      done += found.length;
      report({ share: done / asked.length, text: "" });
    }
    return { value, summary: `of ${count(done)} flags` };
  });
}
