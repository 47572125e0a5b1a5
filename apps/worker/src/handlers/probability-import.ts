import { describeClassOrder, findClassOrder, VoteCollector } from "@winnow/confident-learning";
import { AppError, ProbabilityImportParams, type Warning } from "@winnow/contracts";
import { decodeFloats, decodeIntegers } from "@winnow/npy";
import {
  classNames,
  type ImportedBlock,
  readLabels,
  writeImportedProbabilities,
} from "@winnow/store";
import { readClassColumns } from "../files/class-columns.js";
import { readNpyFile } from "../files/npy-file.js";
import { createRowCheck } from "../files/row-check.js";
import type { Storage } from "../files/storage.js";
import type { Handler, HandlerDeps } from "../tasks/handler.js";

type ImportDeps = HandlerDeps & { readonly storage: Pick<Storage, "upload"> };

/**
 * Makes a cross-validation from probabilities that were computed elsewhere: an npy (n, K) in sample
 * order, checked and written block by block, and optionally an npy (n) with each row's fold. Throws
 * `bad-npy`, `invalid-probabilities` naming row and class, `classes-mismatch`, and `class-order` where
 * the columns fit another order of classes far better.
 */
export const importProbabilities =
  (storage: ImportDeps["storage"]): Handler =>
  async (claim, task) => {
    const deps = { ...task, storage };
    const { store, announce, event } = deps;
    const params = ProbabilityImportParams.parse(claim.params);
    const { labels, classCount } = await readLabels(store, params.datasetId);
    const n = labels.length;
    await announce({ step: 0, steps: n, phase: "reading" });
    const folds = params.foldsUploadId
      ? await readFolds(params.foldsUploadId, n, deps)
      : new Uint8Array(n);
    const classes = await classNames(store, params.datasetId);
    const warnings: Warning[] = [];
    const blocks = readBlocks(params, { labels, classes }, warnings, deps);
    await writeImportedProbabilities(store, claim, { labels, folds, classCount }, blocks);
    for (const warning of warnings) event("log", { level: "warning", ...warning });
  };

/** The given labels by class index, (n), and the names of the classes. */
interface Dataset {
  readonly labels: Int32Array;
  readonly classes: readonly string[];
}

/** The checked rows. Whether their columns are in order is known after the last one; it may throw then. */
async function* readBlocks(
  { probabilitiesUploadId, classes: names, force }: ProbabilityImportParams,
  { labels, classes }: Dataset,
  warnings: Warning[],
  deps: ImportDeps,
): AsyncGenerator<ImportedBlock> {
  const columns = await readClassColumns(names, classes, deps);
  const check = createRowCheck(classes, columns);
  const votes = new VoteCollector(labels.length, classes.length);
  const shape = [labels.length, classes.length];
  const file = { uploadId: probabilitiesUploadId, what: "probabilities", shape };
  for await (const { start, rows, values } of readNpyFile(file, decodeFloats, deps)) {
    const probs = check.rows(values, start, rows);
    votes.add(labels.subarray(start, start + rows), probs);
    yield { start, rows, probs };
    deps.beat({ step: start + rows });
  }
  warnings.push(...check.warnings());
  const order = findClassOrder(votes.votes());
  if (order === undefined) return;
  const described = describeClassOrder(order, classes, columns);
  if (!force) throw wrongOrder(described);
  warnings.push({ code: "class-order", message: described.message });
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

/** The fold of each row, (n). */
async function readFolds(uploadId: string, n: number, deps: ImportDeps): Promise<Uint8Array> {
  const folds = new Uint8Array(n);
  const file = { uploadId, what: "folds", shape: [n] };
  for await (const { start, values } of readNpyFile(file, decodeIntegers, deps)) {
    const odd = values.findIndex((fold) => fold < 0 || fold > 255);
    if (odd >= 0) {
      const detail = `The folds: row ${start + odd} has the fold ${values[odd]}; folds are 0 to 255.`;
      throw new AppError("bad-npy", detail);
    }
    folds.set(values, start);
  }
  return folds;
}
