import { isDeepStrictEqual } from "node:util";
import { AppError, type PruningParams } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import type { TruthStep } from "../prunings/matrices.js";
import { readExperiment } from "./read-experiment.js";

/** What an experiment says about the scores of one kind of noise, and of one rate of it. */
export interface ExperimentCurves {
  readonly noise: string;
  readonly rate: number | null;
  /** One for each seed. */
  readonly curves: readonly (readonly TruthStep[])[];
}

/**
 * The curves that a pruning of a run can be cut by. `estimatedRate` chooses among the rates where the
 * pruning names none. Throws `experiment-not-found`, and `invalid-parameters` where the experiment is
 * of another dataset, model or order, or has no finished run of that noise.
 */
export async function readCurves(
  store: Store,
  asked: PruningParams,
  run: { readonly datasetId: string; readonly model: unknown },
  estimatedRate: number,
): Promise<ExperimentCurves> {
  const { experimentId = "", experimentNoise: noise = 0, experimentRate } = asked;
  const experiment = await readExperiment(store, experimentId);
  const { params, summary } = experiment;
  if (!(await isOfDataset(store, run.datasetId, experiment.datasetId))) {
    refuse("/experimentId", `The experiment is of the dataset ${experiment.datasetId}`);
  }
  if (!isDeepStrictEqual(withKind(params.model), withKind(run.model))) {
    refuse("/experimentId", "The experiment trained another model than the cross-validation");
  }
  const pruning = params.prunings.findIndex(
    ({ order, semantics }) => order === asked.order && semantics === asked.semantics,
  );
  if (pruning < 0) {
    refuse("/order", "No pruning of the experiment has this order with these semantics");
  }
  const rates = summary.filter((one) => one.noise === noise && one.pruning === pruning);
  const found =
    experimentRate === undefined
      ? rates.toSorted((a, b) => distance(a.rate) - distance(b.rate))[0]
      : rates.find(({ rate }) => rate === experimentRate);
  if (!found) {
    refuse(
      experimentRate === undefined ? "/experimentNoise" : "/experimentRate",
      "The experiment has no finished run of this noise",
    );
  }
  const { rows } = await poolOf(store).query<{ curve: TruthStep[] }>(
    `SELECT curves->$4::int AS curve FROM experiment_cells
     WHERE job_id = $1 AND noise = $2 AND rate IS NOT DISTINCT FROM $3::float8
       AND figures IS NOT NULL ORDER BY index`,
    [experimentId, noise, found.rate, pruning],
  );
  const curves = rows.map(({ curve }) => curve ?? []).filter((curve) => curve.length > 0);
  if (curves.length === 0) refuse("/order", "The experiment has stored no scores of this order");
  return { noise: found.type, rate: found.rate, curves };

  function distance(rate: number | null): number {
    return rate === null ? 0 : Math.abs(rate - estimatedRate);
  }
}

function refuse(pointer: string, detail: string): never {
  throw new AppError("invalid-parameters", `${pointer}: ${detail}.`, {
    errors: [{ pointer, detail }],
  });
}

/** The network's kind may be left out. */
const withKind = (model: unknown): object => ({ kind: "albert", ...(model as object) });

/** Whether the dataset is this one, or was derived from it. */
async function isOfDataset(store: Store, id: string, ancestorId: string): Promise<boolean> {
  const { rowCount } = await poolOf(store).query(
    `WITH RECURSIVE line AS (
       SELECT id, parent_id FROM datasets WHERE id = $1
       UNION SELECT d.id, d.parent_id FROM datasets d JOIN line l ON d.id = l.parent_id)
     SELECT 1 FROM line WHERE id = $2`,
    [id, ancestorId],
  );
  return rowCount === 1;
}
