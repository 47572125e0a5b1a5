import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  findLabelIssues,
  meanOfSources,
  type ProbabilitySource,
  poolOfSources,
  softTargetsOf,
  transitionOf,
  vectorShares,
} from "@winnow/confident-learning";
import { assignFolds } from "@winnow/corpus";
import {
  type HeldOutSource,
  quickModel,
  type Scratch,
  sparseTargets,
  textsOf,
  type VectorSource,
  vectorRounds,
  vectorsOf,
} from "@winnow/linear";
import { readNpyFloats } from "@winnow/npy";
import { inBench } from "../service/paths.js";
import type { QualitySet } from "./sets.js";

const QUICK_FOLDS = 10;

/** An encoder of the set's language, from PyPI. */
export const encoderOf = (set: QualitySet): "minilm" | "e5" =>
  set.name === "noisyagnews" ? "minilm" : "e5";

/** The vectors of a set's texts: of the folder, or encoded by Python and kept there. */
export async function loadVectors(
  set: QualitySet,
  folder: string,
  python: string,
): Promise<{ file: string; vectors: VectorSource }> {
  const file = join(folder, `${set.name === "noisyagnews" ? "noisyagnews" : "toutiao"}.npy`);
  if (!existsSync(file)) {
    const texts = `${file}.json`;
    writeFileSync(texts, JSON.stringify(set.texts));
    execFileSync(python, [inBench("quality/encode.py"), encoderOf(set), texts, file], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    rmSync(texts);
  }
  const { shape, values } = await readNpyFloats([readFileSync(file)]);
  const d = shape[1]!;
  if (shape[0]! < set.texts.length) {
    throw new Error(`${file} has ${shape[0]} vectors of ${set.texts.length} texts; delete it`);
  }
  return { file, vectors: vectorsOf(values.subarray(0, set.texts.length * d), d) };
}

/** The pool of two rounds over texts and vectors, (n, classes). */
export async function runVectorRecipe(
  { texts, given, classes: k }: QualitySet,
  vectors: VectorSource,
  seed: number,
): Promise<{ pool: Float64Array; weight: number; ridge: number; seconds: number }> {
  const startedAt = performance.now();
  const folds = assignFolds(given, QUICK_FOLDS, seed);
  const quick = await quickModel({
    texts: textsOf(texts),
    labels: given,
    k,
    folds,
    scratch: [UNUSED, UNUSED],
  });
  const teach = async (members: readonly HeldOutSource[]) => {
    const teacher = meanOfSources(members);
    const { exactJoint } = await findLabelIssues(teacher, { semantics: "cleanlab-2" });
    return sparseTargets(await softTargetsOf(teacher, transitionOf(exactJoint, k), { most: 10 }));
  };
  const rounds = await vectorRounds({
    quick,
    vectors,
    labels: given,
    k,
    teach,
    scratch: [UNUSED, UNUSED, UNUSED],
  });
  const shares = vectorShares(rounds.weight);
  const pool = await whole(
    poolOfSources([
      { source: quick.source, share: shares.quick },
      { source: rounds.vectors.source, share: shares.vectors },
      { source: rounds.second.source, share: shares.second },
      { source: rounds.vectorsSecond.source, share: shares.vectorsSecond },
    ]),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  return { pool, weight: rounds.weight, ridge: rounds.ridge.ridge, seconds };
}

async function whole(source: ProbabilitySource): Promise<Float64Array> {
  const all = new Float64Array(source.n * source.k);
  for await (const { start, probs } of source.blocks()) all.set(probs, start * source.k);
  return all;
}

/** These sets fit into memory. */
const UNUSED: Scratch = {
  append() {
    throw new Error("the set does not fit into memory");
  },
  read() {
    throw new Error("nothing was appended");
  },
};

/** Logistic regression on the same vectors, and the flags and ranking of cleanlab. */
export function runVectorPeer(
  { given, clean, folds, classes }: QualitySet,
  file: string,
  python: string,
): { flagged: readonly number[]; ap: number; seconds: number } {
  const folder = mkdtempSync(join(tmpdir(), "winnow-peer-"));
  try {
    const [input, output] = [join(folder, "in.json"), join(folder, "out.json")];
    const wrong = Array.from(given, (label, row) => Number(label !== clean[row]));
    const data = { given: [...given], folds: [...folds], classes, wrong, vectors: file };
    writeFileSync(input, JSON.stringify(data));
    execFileSync(python, [inBench("quality/vectors_peer.py"), input, output], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    return JSON.parse(readFileSync(output, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
