import { modelConfig } from "../model/config.js";
import { parameterShapes, type Weights } from "../model/parameters.js";
import { trainingTrace } from "../training/steps/inspect.js";
import type { Engine } from "../training/steps/step-engine.js";

/** Losses of the probe as the reference backend computes them; every backend agrees to 1e-3. */
const EXPECTED = [1.143806, 1.102359, 1.102397];

/**
 * Two Adam steps of a tiny model with known losses on the current backend, by one of its engines:
 * shows that every kernel exists and is right. Throws an error that says which losses came out.
 */
export async function probeTraining(engine: Engine): Promise<void> {
  const config = modelConfig({
    preset: { embeddingSize: 8, hiddenSize: 12, heads: 3, intermediateSize: 16, layers: 2 },
    head: { layer: 2, pooling: "cls-mean-embedding" },
    maxLength: 8,
  });
  const weights: Weights = new Map();
  for (const [name, { shape, start }] of parameterShapes(config, 12, 3)) {
    const size = shape.reduce((product, side) => product * side, 1);
    const values = Float32Array.from({ length: size }, (_, i) =>
      start === "ones" ? 1 : 0.4 * Math.sin(1 + i * (1 + weights.size)),
    );
    weights.set(name, { shape, values });
  }
  const examples = {
    ids: [
      [2, 5, 6, 7, 3],
      [2, 8, 3, 0, 0],
      [2, 9, 10, 3, 0],
    ],
    mask: [
      [1, 1, 1, 1, 1],
      [1, 1, 1, 0, 0],
      [1, 1, 1, 1, 0],
    ],
    segments: [
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
    ],
    labels: [0, 1, 2],
  };
  const plan = { rate: 0.002, schedule: { type: "constant" }, steps: 2 } as const;
  const { losses } = await trainingTrace(config, weights, examples, plan, { engine });
  const wrong = losses.some((loss, i) => !(Math.abs(loss - EXPECTED[i]!) < 1e-3));
  if (wrong) {
    throw new Error(
      `a small training run gave the losses ${losses.join(", ")}, not ${EXPECTED.join(", ")} (${engine} engine).`,
    );
  }
}
