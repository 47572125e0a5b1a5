import { ApiError, type Client } from "@winnow/client";
import { FoldTrainingParams, type Receipt } from "@winnow/contracts";
import { watchJob } from "../jobs/watch-job.js";
import { CliError } from "../terminal/failure.js";
import { differences, fetchReceipt, isUnchanged } from "./receipt-file.js";

/** How far another backend may be off: it rounds otherwise. */
export const TOLERANCE = { accuracy: 0.01, flags: 0.05, fewFlags: 5 } as const;

export interface Replay {
  /** `within-tolerance`: on another backend than the receipt's. */
  readonly outcome: "bit-equal" | "within-tolerance" | "different";
  /** Where the new receipt differs from the old one. */
  readonly differences: readonly string[];
  readonly crossValidationId: string;
  readonly pruningId: string | null;
}

export interface ReplayOptions {
  readonly client: Client;
  /** The dataset that holds the receipt's rows, if it is not the receipt's own. */
  readonly datasetId: string | undefined;
  /** What computes the folds, in place of what the receipt's job asked for. */
  readonly backend?: FoldTrainingParams["backend"] | undefined;
  readonly signal: AbortSignal;
  /** What is run next. */
  readonly say: (step: string) => void;
}

/**
 * Runs again what a receipt says, and compares what comes out. Throws `receipt-changed` for a receipt
 * that was edited, and `receipt-mismatch` where version or rows are others than the receipt's.
 */
export async function replay(receipt: Receipt, options: ReplayOptions): Promise<Replay> {
  const { crossValidation, pruning } = receipt;
  if (crossValidation === null) {
    throw new CliError("nothing-to-replay", "the receipt is a dataset's, of which nothing was run");
  }
  if (!isUnchanged(receipt)) throw await changed(receipt, options);
  const datasetId = options.datasetId ?? receipt.dataset.id;
  await requireSameInputs(receipt, datasetId, options);
  const again = await trainAgain(crossValidation, datasetId, pruning !== null, options);
  const pruningId = pruning === null ? null : await pruneAgain(pruning, again, options);
  const made = await fetchReceipt(options.client, pruningId ?? again, options.signal);
  return { ...compared(receipt, made), crossValidationId: again, pruningId };
}

/** Says what was edited, where the service still has what the receipt is of. */
async function changed(receipt: Receipt, { client, signal }: ReplayOptions): Promise<CliError> {
  const id = receipt.pruning?.id ?? receipt.crossValidation!.id;
  const original = await orNull(fetchReceipt(client, id, signal));
  const found = original && differences({ ...receipt, sha256: "" }, { ...original, sha256: "" });
  const where =
    found && found.length > 0
      ? `it differs from that of ${id}:\n${found.join("\n")}`
      : `the service has no receipt of ${id} to compare it with`;
  return new CliError(
    "receipt-changed",
    `The receipt was edited after it was written: its sha256 is not that of its contents; ${where}`,
  );
}

async function requireSameInputs(
  receipt: Receipt,
  datasetId: string,
  { client, signal }: ReplayOptions,
): Promise<void> {
  const here = await fetchReceipt(client, datasetId, signal);
  const rowsOf = ({ dataset: { rows, contents } }: Receipt) => ({ dataset: { rows, contents } });
  const found = [
    ...madeBy(receipt).flatMap(({ of, winnow }) => differences(here.winnow, winnow, `${of}winnow`)),
    ...differences(rowsOf(here), rowsOf(receipt)),
  ];
  if (found.length === 0) return;
  throw new CliError(
    "receipt-mismatch",
    `What ${datasetId} would be run with is not what the receipt was made with:\n${found.join("\n")}`,
  );
}

/** The versions that made it. Results of versions that did not say count as of the receipt's. */
function madeBy({ winnow, crossValidation, pruning }: Receipt): { of: string; winnow: string }[] {
  const own = { of: "", winnow };
  return [
    crossValidation?.winnow ? { of: "crossValidation.", winnow: crossValidation.winnow } : own,
    ...(pruning?.winnow ? [{ of: "pruning.", winnow: pruning.winnow }] : []),
  ];
}

/** The id of the new cross-validation; of a pruning of probabilities that nothing here trained, theirs. */
async function trainAgain(
  { id, folds, seed, configuration, ...run }: NonNullable<Receipt["crossValidation"]>,
  datasetId: string,
  isPruned: boolean,
  { client, backend, signal, say }: ReplayOptions,
): Promise<string> {
  const parameters = FoldTrainingParams.safeParse({
    ...{ ...configuration, ...(backend && { backend }) },
    ...{ datasetId, folds, seed },
  });
  if (!parameters.success) {
    if (!isPruned) {
      throw new CliError(
        "nothing-to-replay",
        `${id} was not trained: its probabilities were imported or combined. A pruning of it can be replayed.`,
      );
    }
    const { crossValidation: here } = await fetchReceipt(client, id, signal);
    const { split, probabilities } = run;
    const found = differences(
      { split: here?.split, probabilities: here?.probabilities },
      { split, probabilities },
    );
    if (found.length === 0) return id;
    throw new CliError("receipt-mismatch", `The probabilities of ${id}:\n${found.join("\n")}`);
  }
  // What comes after the folds has a receipt of its own.
  const { pruning: _, ...body } = parameters.data;
  say("training");
  const job = await client.call("createFoldTraining", { body, signal });
  const { crossValidationId } = await watchJob(client, job.id, signal, () => {});
  return crossValidationId!;
}

async function pruneAgain(
  { parameters, droppedByReview }: NonNullable<Receipt["pruning"]>,
  crossValidationId: string,
  { client, signal, say }: ReplayOptions,
): Promise<string> {
  say("pruning");
  // What was decided since then must not take flags away.
  const reviews = droppedByReview === 0 ? { reviews: "ignore" as const } : {};
  const body = { ...parameters, ...reviews, crossValidationId };
  const job = await client.call("createPruning", { body, signal });
  const { pruningId } = await watchJob(client, job.id, signal, () => {});
  return pruningId!;
}

function compared(receipt: Receipt, made: Receipt): Pick<Replay, "outcome" | "differences"> {
  const found = differences(resultOf(made), resultOf(receipt));
  if (found.length === 0) return { outcome: "bit-equal", differences: [] };
  const isElsewhere = differences(computedOn(made), computedOn(receipt)).length > 0;
  const outcome = isElsewhere && isNear(receipt, made) ? "within-tolerance" : "different";
  return { outcome, differences: found };
}

/** What rounds in its own way; the other figures that stand beside it are results. */
function computedOn({ crossValidation }: Receipt) {
  const { backend, version, device, engine, node } = crossValidation?.backend ?? {};
  return { backend, version, device, engine, node };
}

/** What has to be the same to the bit. */
function resultOf({ crossValidation, pruning }: Receipt) {
  const { split, probabilities, accuracy } = crossValidation!;
  return {
    crossValidation: { split, probabilities, accuracy },
    pruning: pruning && { flags: pruning.flags, flagged: pruning.flagged },
  };
}

function isNear(receipt: Receipt, made: Receipt): boolean {
  const [old, now] = [receipt.crossValidation!, made.crossValidation!];
  const accuracy = Math.abs((old.accuracy ?? 0) - (now.accuracy ?? 0));
  const flagged = receipt.pruning?.flagged ?? 0;
  const flags = Math.abs(flagged - (made.pruning?.flagged ?? 0));
  const allowed = Math.max(TOLERANCE.fewFlags, TOLERANCE.flags * flagged);
  return old.split === now.split && accuracy <= TOLERANCE.accuracy && flags <= allowed;
}

async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof ApiError && error.problem.status === 404) return null;
    throw error;
  }
}
