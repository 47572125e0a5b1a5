import type { ExperimentFigures, PruningOptions, PruningReport } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import type { TruthStep } from "../prunings/matrices.js";

/** What the prunings of a cell found of its noise, in the order of their ids. */
export async function readFigures(
  tx: Transaction,
  pruningIds: readonly string[],
): Promise<{ figures: ExperimentFigures[]; curves: TruthStep[][] }> {
  const { rows } = await tx.query<{
    id: string;
    flagged: number;
    report: PruningReport;
    order: PruningOptions["order"];
    curve: TruthStep[] | null;
  }>(
    `SELECT id, flagged, report, parameters->>'order' AS order, matrices->'truthCurve' AS curve
     FROM prunings WHERE id = ANY($1)`,
    [pruningIds],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const found = pruningIds.map((id) => byId.get(id)!);
  return {
    figures: found.map(({ flagged, report, order }, pruning) =>
      figuresOf(pruning, flagged, report, order),
    ),
    curves: found.map(({ curve }) => curve ?? []),
  };
}

/** The average precision of an order, where the comparison with the truth has it. */
const AVERAGE_PRECISIONS: Partial<
  Record<PruningOptions["order"], "normalizedMargin" | "posterior" | "errorOdds">
> = {
  normalized_margin: "normalizedMargin",
  posterior: "posterior",
  error_odds: "errorOdds",
};

function figuresOf(
  pruning: number,
  flagged: number,
  { estimatedNoiseRate, truth }: PruningReport,
  order: PruningOptions["order"],
): ExperimentFigures {
  if (!truth) throw new Error("a pruning of a dataset with injected noise knows the true labels");
  const ranking = AVERAGE_PRECISIONS[order];
  return {
    pruning,
    rows: truth.rows,
    flagged,
    errors: truth.errors,
    noiseRate: truth.noiseRate,
    estimatedNoiseRate,
    precision: truth.precision,
    recall: truth.recall,
    f1: truth.f1,
    averagePrecision: ranking ? (truth.averagePrecision?.[ranking] ?? null) : null,
    totalVariation: truth.totalVariation,
  };
}
