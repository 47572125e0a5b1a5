import type { ExperimentParams, ExperimentRun, NoiseParams } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";

/** The noise that a run injects; the joint of a pruning is read where its noise comes from one. */
export async function noiseOfRun(
  tx: Transaction,
  { noises }: ExperimentParams,
  { noise: index, rate, seed }: ExperimentRun,
): Promise<NoiseParams> {
  const noise = noises[index]!;
  if (noise.type === "matrix") {
    const matrix = noise.matrix ?? matrixOfJoint((await readJoint(tx, noise.pruningId!)).joint);
    return { type: "matrix", matrix, seed };
  }
  if (noise.type === "annotators") return { type: "annotators", seed };
  if (rate === null) throw new Error(`${noise.type} noise needs a rate`);
  if (noise.type === "symmetric") return { type: "symmetric", rate, seed };
  if (!noise.pruningId) return { type: "pair", rate, pairs: noise.pairs, seed };
  const { classes, joint } = await readJoint(tx, noise.pruningId);
  const pairs = pairsOfJoint(joint).map(([from, to]) => ({
    from: classes[from]!,
    to: classes[to]!,
  }));
  return { type: "pair", rate, pairs, seed };
}

/** Row = given label, column = estimated true label. */
type JointRows = readonly (readonly number[])[];

async function readJoint(
  tx: Transaction,
  pruningId: string,
): Promise<{ readonly classes: readonly string[]; readonly joint: JointRows }> {
  const { rows } = await tx.query<{ classes: string[]; joint: number[][] }>(
    "SELECT matrices->'classes' AS classes, matrices->'joint' AS joint FROM prunings WHERE id = $1",
    [pruningId],
  );
  if (!rows[0]) throw new Error(`there is no pruning ${pruningId}`);
  return rows[0];
}

/** [i][j]: the share of true class i that is labelled j. A class without rows keeps its label. */
export function matrixOfJoint(joint: JointRows): number[][] {
  return joint.map((_, i) => {
    const column = joint.map((row) => row[i]!);
    const sum = column.reduce((total, share) => total + share, 0);
    return column.map((share, j) => (sum > 0 ? share / sum : Number(i === j)));
  });
}

/** Each class with the label that its rows wrongly have most often; none for a class without any. */
export function pairsOfJoint(joint: JointRows): [from: number, to: number][] {
  return joint.flatMap((_, i) => {
    let to = -1;
    joint.forEach((row, j) => {
      if (j !== i && row[i]! > (to < 0 ? 0 : joint[to]![i]!)) to = j;
    });
    return to < 0 ? [] : [[i, to] as [number, number]];
  });
}
