import type { DatasetIngestParams, OwnWarning } from "@winnow/contracts";
import { type CorpusSummary, findNearDuplicates } from "@winnow/corpus";
import type { DatasetSummary } from "@winnow/store";
import type { HandlerDeps } from "../tasks/handler.js";

/** In larger datasets near-duplicates are counted only on request: it takes another pass. */
const AUTO_ROWS = 100_000;

/** The summary that the store gets after the last row, wherever the rows came from. */
export function datasetSummary(
  { classes, profile }: Pick<CorpusSummary, "classes" | "profile">,
  facts: Pick<DatasetSummary, "sha256" | "hasTrueLabels" | "layout" | "guess">,
  { nearDuplicates }: Pick<DatasetIngestParams, "nearDuplicates">,
  { beat, signal }: Pick<HandlerDeps, "beat" | "signal">,
): DatasetSummary {
  return {
    ...facts,
    classes,
    profile: {
      ...profile,
      lengths: { ...profile.lengths },
      duplicates: { ...profile.duplicates },
      // The corpus names its codes itself: here the compiler holds them to the catalogue.
      warnings: profile.warnings satisfies readonly OwnWarning[],
    },
    async compareRows(samples) {
      const wanted = nearDuplicates === "report" || samples.rows <= AUTO_ROWS;
      if (!wanted || nearDuplicates === "ignore") return null;
      beat({ phase: "comparing" });
      const names = classes.map(({ name }) => name);
      return findNearDuplicates(samples, names, signal);
    },
  };
}
