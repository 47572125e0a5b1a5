import { describeClassOrder, findClassOrder, VoteCollector } from "@winnow/confident-learning";
import { AppError, type ColumnClasses, type OwnWarning } from "@winnow/contracts";
import { probabilityBlocks, probabilityLayout } from "@winnow/npy";
import { classNames, readDataset, type Store } from "@winnow/store";
import { readClassColumns } from "./class-columns.js";
import { BLOCK_BYTES, type FileDeps, type NpyFile, withNpy } from "./npy-file.js";
import { createRowCheck } from "./row-check.js";

/** An uploaded npy of probabilities, and what is said about its columns. */
export interface ProbabilityFile extends Omit<NpyFile, "shape"> {
  readonly classes?: ColumnClasses;
  readonly force: boolean;
}

/** The samples that the rows are of: their given labels by class index, (n). */
export interface LabelledSamples {
  readonly datasetId: string;
  readonly labels: Int32Array;
}

export interface ProbabilityRows {
  readonly start: number;
  readonly rows: number;
  /** (rows, K), in the order of the dataset's classes. */
  readonly probs: Float32Array;
}

/**
 * Reads out-of-sample probabilities, one row a sample, block by block. Throws `bad-npy`,
 * `invalid-probabilities` naming row and class, `classes-mismatch`; and after the last row
 * `class-order`, unless `force` is set, where the columns fit the labels far better in another order.
 * What is unusual goes to `warn`.
 */
export async function* readProbabilityFile(
  file: ProbabilityFile,
  samples: LabelledSamples,
  warn: (warning: OwnWarning) => void,
  deps: FileDeps,
): AsyncGenerator<ProbabilityRows> {
  const classes = await classNames(deps.store, samples.datasetId);
  const columns = await readClassColumns(file.classes, classes, deps);
  const shape = [samples.labels.length, classes.length];
  const votes = new VoteCollector(samples.labels.length, classes.length);
  yield* withNpy({ ...file, shape }, deps, async function* (npy) {
    const wanted = { rows: samples.labels.length, classes: classes.length };
    const layout = probabilityLayout(npy.header, wanted);
    if (layout.rows !== wanted.rows) throw await wrongRows(layout.rows, file, samples, deps.store);
    const check = createRowCheck(classes, columns, layout.isSingle);
    for await (const block of probabilityBlocks(npy, layout, { maxBlockBytes: BLOCK_BYTES })) {
      deps.signal?.throwIfAborted();
      const { start, rows } = block;
      const probs = check.rows(block.values, start, rows);
      votes.add(samples.labels.subarray(start, start + rows), probs);
      yield { start, rows, probs };
    }
    check.warnings().forEach(warn);
  });
  const order = findClassOrder(votes.votes());
  if (order === undefined) return;
  const described = describeClassOrder(order, classes, columns);
  if (!file.force) throw wrongOrder(described);
  warn({ code: "class-order", message: described.message });
}

async function wrongRows(
  rows: number,
  { what }: ProbabilityFile,
  { datasetId, labels }: LabelledSamples,
  store: Store,
): Promise<AppError> {
  const { rejected } = await readDataset(store, datasetId);
  const left = rejected ?? 0;
  const why =
    left > 0 && rows === labels.length + left
      ? `The ${left} lines that were rejected have no row (GET /v1/datasets/${datasetId}/rejects): leave theirs out.`
      : "Lines that were rejected, or left out by the label policy or the sampling, have no row.";
  return new AppError(
    "bad-npy",
    `The ${what} have ${rows} rows; the dataset has ${labels.length} samples, in input order. ${why} ` +
      `GET /v1/datasets/${datasetId}/samples has the \`line\` and the \`externalId\` of each sample, row by row.`,
  );
}

/** A list of names up to this many characters stands in the error's detail as well. */
const LISTED_CHARACTERS = 4000;

function wrongOrder({ message, names }: ReturnType<typeof describeClassOrder>): AppError {
  const list = JSON.stringify(names);
  const shown = list.length > LISTED_CHARACTERS ? "that `errors` lists" : list;
  return new AppError(
    "class-order",
    `${message} Pass that order as \`classes\`: ${shown}. If the columns are right as they are, pass ` +
      "`force: true`. Nothing was imported.",
    { errors: [{ pointer: "/classes", detail: list }] },
  );
}
