import {
  type FindOptions,
  findLabelIssues,
  type LabelIssues,
  type ProbabilitySource,
} from "@winnow/confident-learning";
import { PruningParams, type PruningReport } from "@winnow/contracts";
import {
  classNames,
  type FlagRow,
  finishedCrossValidation,
  type PruningMatrices,
  readProbabilityBlocks,
  type Store,
  writePruning,
} from "@winnow/store";
import type { Handler } from "../handler.js";

/** Streams a cross-validation's probabilities through confident learning and keeps what it says. */
export const prune: Handler = async (claim, deps) => {
  const { store, signal } = deps;
  const { crossValidationId, scope, ...options } = PruningParams.parse(claim.params);
  const run = await finishedCrossValidation(store, crossValidationId);
  const names = await classNames(store, run.datasetId);
  const folds = new Uint8Array(run.rows);
  await deps.announce({ step: 0, steps: 3 * run.rows, phase: "pruning" });
  const issues = await findLabelIssues(
    probabilitySource(store, crossValidationId, { n: run.rows, k: run.classes, folds }),
    {
      ...findOptions(options),
      signal,
      onProgress: ({ pass, passes, rows, n }) =>
        deps.beat({ step: (pass - 1) * n + rows, steps: passes * n }),
    },
  );
  signal.throwIfAborted();
  deps.beat({ phase: "writing" });
  await writePruning(
    store,
    claim,
    flagRows(issues, folds),
    report(issues),
    matrices(issues, names),
  );
};

/** The stored probabilities, read anew for each pass; `folds` (n) is filled on the way. */
function probabilitySource(
  store: Store,
  crossValidationId: string,
  { n, k, folds }: { n: number; k: number; folds: Uint8Array },
): ProbabilitySource {
  return {
    n,
    k,
    dtype: "float32",
    async *blocks() {
      for await (const block of readProbabilityBlocks(store, crossValidationId, k)) {
        folds.set(block.folds, block.start);
        yield block;
      }
    },
  };
}

/** The options that were given, for confident learning: what is absent stays absent there. */
function findOptions(options: Omit<PruningParams, "crossValidationId" | "scope">): FindOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** One flag at a time: millions of them need not be in memory at once. */
function* flagRows(issues: LabelIssues, folds: Uint8Array): Generator<FlagRow> {
  for (let rank = 0; rank < issues.indices.length; rank++) {
    const flag = issues.flagAt(rank);
    yield {
      rank,
      ordinal: flag.index,
      given: flag.given,
      suggested: flag.suggested,
      fold: folds[flag.index] as number,
      selfConfidence: flag.selfConfidence,
      normalizedMargin: flag.normalizedMargin,
      errorProbability: flag.errorProbability,
      suggestedProbability: flag.suggestedProbability,
      reason: { ...flag.reason },
    };
  }
}

function report(issues: LabelIssues): Omit<PruningReport, "truth"> {
  return {
    counts: { ...issues.counts },
    thresholds: [...issues.thresholds],
    healthScore: issues.health.overall,
    estimatedNoiseRate: issues.noiseRate,
    warnings: issues.warnings.map(({ code, message }) => ({ code, message })),
  };
}

function matrices(issues: LabelIssues, names: readonly string[]): PruningMatrices {
  const nameOf = (index: number) => names[index] ?? String(index);
  const flagged = new Map<number, number>();
  for (let rank = 0; rank < issues.indices.length; rank++) {
    const { given } = issues.flagAt(rank);
    flagged.set(given, (flagged.get(given) ?? 0) + 1);
  }
  return {
    classes: [...names],
    confidentJoint: issues.confidentJoint,
    joint: issues.joint,
    perClass: issues.health.classes.map((health) => ({
      index: health.class,
      name: nameOf(health.class),
      given: issues.classCounts[health.class] ?? 0,
      flagged: flagged.get(health.class) ?? 0,
      labelNoise: health.noise,
      inverseLabelNoise: health.inverseNoise,
      labelQuality: health.quality,
    })),
    pairs: issues.health.pairs.map((pair) => ({
      given: nameOf(pair.a),
      suggested: nameOf(pair.b),
      joint: pair.joint,
      examples: pair.rows,
    })),
  };
}
