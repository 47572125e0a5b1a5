import type { DatasetIngestParams } from "@winnow/contracts";
import { type CorpusSummary, profileNearDuplicates } from "@winnow/corpus";
import type { DatasetSummary } from "@winnow/store";
import type { HandlerDeps } from "../tasks/handler.js";

/** Larger datasets have their near-duplicates counted only when asked: it takes a pass of its own. */
const AUTO_ROWS = 100_000;

/** What a finished reading hands to the store, wherever the rows came from. */
export function datasetSummary(
  { classes, profile }: CorpusSummary,
  facts: Pick<DatasetSummary, "sha256" | "hasTrueLabels">,
  { nearDuplicates }: Pick<DatasetIngestParams, "nearDuplicates">,
  { beat, signal }: Pick<HandlerDeps, "beat" | "signal">,
): DatasetSummary {
  return {
    ...facts,
    classes,
    profile: { ...profile, lengths: { ...profile.lengths }, duplicates: { ...profile.duplicates } },
    async completeProfile(samples) {
      const wanted = nearDuplicates === "report" || samples.rows <= AUTO_ROWS;
      if (!wanted || nearDuplicates === "ignore") return {};
      beat({ phase: "comparing" });
      const names = classes.map(({ name }) => name);
      return { nearDuplicates: await profileNearDuplicates(samples, names, signal) };
    },
  };
}
