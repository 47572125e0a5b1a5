import { type SoftLabelBlock, softLabels, transitionOf } from "@winnow/confident-learning";
import { AppError, type OwnWarning, type SoftTargetSource } from "@winnow/contracts";
import type { SoftTargets } from "@winnow/encoder";
import {
  DROPPED,
  readDecisions,
  readMatrices,
  readProbabilityBlocks,
  readPruning,
  type Store,
  UNDECIDED,
} from "@winnow/store";
import type { FileDeps } from "../../files/npy-file.js";
import { readProbabilityFile } from "../../files/probability-file.js";
import { SUM_OFF } from "../../files/row-check.js";

/** Classes kept of each row at most: training does not notice the rest of a posterior. */
const TOP = 20;

/** The run that the targets are for. */
interface Run {
  readonly datasetId: string;
  readonly crossValidationId: string;
  /** Given class indices, (n). */
  readonly labels: Int32Array;
  /** Classes. */
  readonly k: number;
}

/** What a run learns from. */
export interface RunTargets {
  readonly softTargets: SoftTargets;
  /** Rows that somebody dropped: nothing is learned from them. */
  readonly dropped: ReadonlySet<number>;
}

interface SoftTargetDeps extends FileDeps {
  /** What is unusual about an upload. */
  readonly warn: (warning: OwnWarning) => void;
}

/**
 * Targets for every sample, sparse: a pruning's posterior over the true classes with what people decided,
 * or an upload's rows. Throws what `readProbabilityFile` throws, and `pruning-not-found`.
 */
export function readSoftTargets(
  source: SoftTargetSource,
  run: Run,
  deps: SoftTargetDeps,
): Promise<RunTargets> {
  return source.type === "pruning"
    ? ofPruning(source, run, deps.store)
    : ofUpload(source, run, deps);
}

async function ofPruning(
  { pruningId, reviews }: Extract<SoftTargetSource, { type: "pruning" }>,
  { crossValidationId: runId, labels, k }: Run,
  store: Store,
): Promise<RunTargets> {
  const { posteriorJoint } = await readMatrices(store, pruningId);
  const { crossValidationId } = await readPruning(store, pruningId);
  if (!posteriorJoint) {
    throw new AppError(
      "invalid-parameters",
      "The pruning has no joint to compute a posterior from; prune the cross-validation again.",
    );
  }
  const transition = transitionOf(Float64Array.from(posteriorJoint.flat()), k);
  const blocks = () => readProbabilityBlocks(store, crossValidationId, k);
  const n = labels.length;
  const decisions = reviews === "follow" ? await readDecisions(store, runId, labels) : null;
  const targets = new SparseRows(n);
  for await (const block of softLabels({ n, k, dtype: "float32", blocks }, transition, {
    top: TOP,
  })) {
    addRows(targets, block, decisions);
  }
  const dropped = new Set<number>();
  decisions?.forEach((decision, row) => {
    if (decision === DROPPED) dropped.add(row);
  });
  return { softTargets: targets.whole(), dropped };
}

/** The posterior; of a row that somebody decided about, its class for certain. */
function addRows(targets: SparseRows, block: SoftLabelBlock, decisions: Int32Array | null): void {
  for (let i = 0; i < block.rows; i++) {
    const decision = decisions?.[targets.rows] ?? UNDECIDED;
    if (decision >= 0) {
      targets.add(decision, 1);
      targets.endRow();
      continue;
    }
    for (let j = i * block.top; j < (i + 1) * block.top; j++) {
      targets.add(block.classes[j]!, block.probabilities[j]!);
    }
    targets.endRow();
  }
}

async function ofUpload(
  source: Extract<SoftTargetSource, { type: "upload" }>,
  { datasetId, labels, k }: Run,
  deps: SoftTargetDeps,
): Promise<RunTargets> {
  const targets = new SparseRows(labels.length);
  const file = { ...source, arrayField: "training/softTargets/array", what: "soft targets" };
  const samples = { datasetId, labels };
  for await (const { start, rows, probs } of readProbabilityFile(file, samples, deps.warn, deps)) {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let c = 0; c < k; c++) {
        const p = probs[row * k + c]!;
        sum += p;
        targets.add(c, p);
      }
      if (Math.abs(sum - 1) > SUM_OFF) {
        throw new AppError(
          "invalid-probabilities",
          `The soft targets: row ${start + row} sums to ${sum.toFixed(4)}; a row is the probabilities of the ${k} classes and sums to 1.`,
        );
      }
      targets.endRow();
    }
  }
  return { softTargets: targets.whole(), dropped: new Set() };
}

/** Collects rows one after another, without zeros. */
class SparseRows {
  readonly #offsets: Int32Array;
  #classes = new Int32Array(1024);
  #probabilities = new Float32Array(1024);
  #entries = 0;
  #rows = 0;

  constructor(n: number) {
    this.#offsets = new Int32Array(n + 1);
  }

  add(label: number, probability: number): void {
    if (probability === 0) return;
    if (this.#entries === this.#classes.length) {
      this.#classes = grown(this.#classes, new Int32Array(2 * this.#entries));
      this.#probabilities = grown(this.#probabilities, new Float32Array(2 * this.#entries));
    }
    this.#classes[this.#entries] = label;
    this.#probabilities[this.#entries++] = probability;
  }

  get rows(): number {
    return this.#rows;
  }

  endRow(): void {
    this.#offsets[++this.#rows] = this.#entries;
  }

  whole(): SoftTargets {
    return {
      offsets: this.#offsets,
      classes: this.#classes.slice(0, this.#entries),
      probabilities: this.#probabilities.slice(0, this.#entries),
    };
  }
}

function grown<T extends Int32Array | Float32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
