import { createRandom } from "@winnow/numeric";
import { beforeAll, describe, expect, it } from "vitest";
import { selectBackend } from "../../backends/select.js";
import { type EncoderConfig, type HeadOptions, modelConfig } from "../../model/config.js";
import { initialWeights, type Weights } from "../../model/parameters.js";
import { epochBatches, gatherBatch } from "../../text/batches.js";
import type { TokenTable } from "../../text/tokenizer.js";
import { type TrainingOptions, trainingPlan } from "../recipe/recipe.js";
import { GraphEngine } from "./graph-engine.js";
import { type LabelledBatch, lossAndGradients } from "./inspect.js";
import type { Engine, TrainingState } from "./step-engine.js";
import { classCountsOf, createTargets, type SoftTargets } from "./targets.js";
import { initialState, Trainer } from "./trainer.js";

const VOCABULARY = 30;
const CLASSES = 4;
const TEXTS = 40;
const LENGTHS = { least: 2, most: 12 };

/** Texts of random words and lengths, with labels and soft targets. */
function corpus(): { tokens: TokenTable; labels: Int32Array; softTargets: SoftTargets } {
  const random = createRandom(3, "corpus");
  const texts = Array.from({ length: TEXTS }, () => {
    const length = LENGTHS.least + random.below(LENGTHS.most - LENGTHS.least + 1);
    return Array.from({ length }, () => 2 + random.below(VOCABULARY - 2));
  });
  const offsets = [0];
  for (const text of texts) offsets.push(offsets.at(-1)! + text.length);
  return {
    tokens: { ids: Int32Array.from(texts.flat()), offsets: Int32Array.from(offsets) },
    labels: Int32Array.from(texts, () => random.below(CLASSES)),
    softTargets: {
      offsets: Int32Array.from({ length: TEXTS + 1 }, (_, i) => 2 * i),
      classes: Int32Array.from({ length: 2 * TEXTS }, (_, i) => (i + (i >> 1)) % CLASSES),
      probabilities: Float32Array.from({ length: 2 * TEXTS }, (_, i) => (i % 2 ? 0.3 : 0.7)),
    },
  };
}

const SIZES = { embeddingSize: 16, hiddenSize: 24, heads: 4, intermediateSize: 32, layers: 2 };

function modelOf(head: HeadOptions, change: Partial<EncoderConfig> = {}): EncoderConfig {
  const preset = { ...SIZES, layers: change.layers ?? SIZES.layers };
  const config = modelConfig({ preset, head, maxLength: LENGTHS.most, hiddenDropout: 0 });
  return { ...config, ...change };
}

/** Weights large enough that every path matters. */
function weightsOf(config: EncoderConfig): Weights {
  const weights = initialWeights({ ...config, initializerRange: 0.2 }, VOCABULARY, CLASSES, 5);
  const random = createRandom(5, "biases");
  for (const [name, weight] of weights) {
    if (/bias|offset|wide/.test(name))
      weight.values.forEach((_, i, all) => {
        all[i] = 0.1 * random.normal();
      });
  }
  return weights;
}

interface Case {
  readonly config: EncoderConfig;
  readonly training?: TrainingOptions;
  readonly soft?: boolean;
}

const CASES: Record<string, Case> = {
  "CLS of block 1": { config: modelOf({ layer: 1, pooling: "cls" }) },
  "CLS of block 2 beside the mean embedding": {
    config: modelOf({ layer: 2, pooling: "cls-mean-embedding" }),
  },
  "the mean of block 2": { config: modelOf({ layer: 2, pooling: "mean" }) },
  "convolutions over block 1": { config: modelOf({ layer: 1, pooling: "cnn" }) },
  "the attention's norm, CLS": {
    config: modelOf({ tap: "attention-norm", layer: 2, pooling: "cls" }),
  },
  "the attention's norm, mean": {
    config: modelOf({ tap: "attention-norm", layer: 1, pooling: "mean" }),
  },
  "the feed-forward": { config: modelOf({ tap: "feed-forward", layer: 2, pooling: "cls" }) },
  "the feed-forward, convolutions": {
    config: modelOf({ tap: "feed-forward", layer: 1, pooling: "cnn" }),
  },
  "the last block": { config: modelOf({ tap: "last", pooling: "cls" }) },
  "the pooler": { config: modelOf({ tap: "pooler" }) },
  "a wide part": { config: modelOf({ layer: 1, pooling: "cls", wideBuckets: 64 }) },
  "several groups and inner layers": {
    config: modelOf({ layer: 4 }, { layers: 4, groups: 2, innerLayers: 2 }),
  },
  "one group of four blocks": { config: modelOf({ layer: 4, pooling: "cls" }, { layers: 4 }) },
  "no mapping": {
    config: modelOf({ layer: 1 }, { embeddingSize: SIZES.hiddenSize, embeddingMapping: false }),
  },
  "the erf form of gelu": { config: modelOf({ layer: 2 }, { activation: "gelu" }) },
  relu: { config: modelOf({ layer: 2 }, { activation: "relu" }) },
  AdamW: { config: modelOf({ layer: 1 }), training: { optimizer: "adamw", weightDecay: 0.1 } },
  clipping: { config: modelOf({ layer: 2, pooling: "cls" }), training: { clipNorm: 0.1 } },
  "clipping beyond every norm": { config: modelOf({ layer: 1 }), training: { clipNorm: 1e6 } },
  "no averages": { config: modelOf({ layer: 1 }), training: { averaging: 0 } },
  "micro-batches": { config: modelOf({ layer: 2 }), training: { microBatchSize: 3 } },
  "micro-batches, clipped, AdamW": {
    config: modelOf({ layer: 1, pooling: "mean" }),
    training: { microBatchSize: 5, clipNorm: 0.2, optimizer: "adamw" },
  },
  "soft targets, smoothing and class weights": {
    config: modelOf({ layer: 1 }),
    training: { labelSmoothing: 0.1, classWeights: "balanced" },
    soft: true,
  },
  "the fine-tune recipe": { config: modelOf({ layer: 2 }), training: { recipe: "fine-tune" } },
  "dropout of both kinds": {
    config: modelOf({ layer: 2, pooling: "cls" }, { hiddenDropout: 0.2, attentionDropout: 0.3 }),
  },
  "dropout in every row's attention, in micro-batches": {
    config: modelOf({ layer: 2, pooling: "mean" }, { hiddenDropout: 0.1, attentionDropout: 0.1 }),
    training: { microBatchSize: 7 },
  },
};

const DATA = corpus();

const EXAMPLES: LabelledBatch = {
  ids: [
    [2, 5, 6, 7, 8, 3],
    [2, 9, 3, 0, 0, 0],
    [2, 3, 0, 0, 0, 0],
    [2, 6, 5, 11, 3, 0],
  ],
  mask: [
    [1, 1, 1, 1, 1, 1],
    [1, 1, 1, 0, 0, 0],
    [1, 1, 0, 0, 0, 0],
    [1, 1, 1, 1, 1, 0],
  ],
  segments: Array.from({ length: 4 }, () => [0, 0, 0, 1, 1, 1]),
  labels: [0, 1, 2, 1],
};

interface Run {
  readonly losses: number[];
  readonly probabilities: Float32Array;
  readonly state: TrainingState;
}

async function train(
  { config, training = {}, soft = false }: Case,
  engine: Engine,
  steps: number,
  from?: TrainingState,
): Promise<Run> {
  const { tokens, labels } = DATA;
  const rows = Int32Array.from(labels.keys());
  const options = { batchSize: 16, linearPart: false, embeddings: "random", ...training } as const;
  const plan = trainingPlan(options, { rows: TEXTS, classes: CLASSES });
  const targetsOf = createTargets(
    { labels, softTargets: soft ? DATA.softTargets : undefined },
    classCountsOf(labels, rows, CLASSES),
    plan,
  );
  const start = from ?? initialState(weightsOf(config), plan);
  const trainer = await Trainer.open({ config, plan, seed: 7, totalSteps: 60, engine }, start);
  try {
    const losses: number[] = [];
    const batches = Array.from({ length: 40 }, (_, epoch) =>
      epochBatches(rows, tokens, { batchSize: plan.batchSize, seed: 7, epoch }),
    ).flat();
    for (const batch of batches.slice(start.step, start.step + steps)) {
      losses.push(await trainer.step(batch, tokens, targetsOf));
    }
    const [first] = batches as [Int32Array];
    const probabilities = await trainer.probabilities(gatherBatch(tokens, first));
    return { losses, probabilities, state: await trainer.state() };
  } finally {
    trainer.dispose();
  }
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

/** The largest difference of two sets of weights; a key's bias has no gradient but rounding. */
function furthest(a: Weights, b: Weights): number {
  expect([...a.keys()]).toEqual([...b.keys()]);
  return Math.max(
    ...Array.from(a)
      .filter(([name]) => !name.endsWith("key.bias"))
      .map(([name, { values }]) => largestDifference(values, b.get(name)!.values)),
  );
}

describe("the graph engine on native TensorFlow", () => {
  beforeAll(() => selectBackend("tfjs-node"));

  for (const [name, settings] of Object.entries(CASES)) {
    it(`${name}: 50 steps give the losses and weights of the eager engine`, async () => {
      const eager = await train(settings, "eager", 50);
      const graph = await train(settings, "graph", 50);
      expect(eager.losses).toHaveLength(50);
      expect(largestDifference(graph.losses, eager.losses)).toBeLessThan(1e-5);
      expect(furthest(graph.state.weights, eager.state.weights)).toBeLessThan(1e-5);
      expect(furthest(graph.state.first, eager.state.first)).toBeLessThan(1e-5);
      expect(furthest(graph.state.second, eager.state.second)).toBeLessThan(1e-5);
      if (eager.state.averaged === null) expect(graph.state.averaged).toBeNull();
      else expect(furthest(graph.state.averaged!, eager.state.averaged)).toBeLessThan(1e-5);
      expect(largestDifference(graph.probabilities, eager.probabilities)).toBeLessThan(1e-5);
    });
  }

  it("goes on from a saved state bit for bit, with dropout", async () => {
    for (const name of ["dropout of both kinds", "micro-batches, clipped, AdamW"]) {
      const settings = CASES[name]!;
      const whole = await train(settings, "graph", 30);
      const half = await train(settings, "graph", 13);
      const rest = await train(settings, "graph", 17, half.state);
      expect([...half.losses, ...rest.losses]).toEqual(whole.losses);
      expect(rest.state).toEqual(whole.state);
      expect(rest.probabilities).toEqual(whole.probabilities);
    }
  });

  it("keeps two trainers apart", async () => {
    const settings = CASES["CLS of block 1"]!;
    const alone = await train(settings, "graph", 5);
    const [one, other] = await Promise.all([
      train(settings, "graph", 5),
      train({ ...settings, training: { learningRate: 0.05 } }, "graph", 5),
    ]);
    expect(one!.state).toEqual(alone.state);
    expect(other!.state.weights).not.toEqual(alone.state.weights);
  });

  it("keeps nothing of the arrays that it starts from, however they are aligned", async () => {
    const settings = CASES["CLS of block 1"]!;
    const { state } = await train(settings, "graph", 2);
    const plan = trainingPlan(
      { batchSize: 16, linearPart: false, embeddings: "random" },
      { rows: TEXTS, classes: CLASSES },
    );
    for (const offset of Array.from({ length: 16 }, (_, i) => 4 * i)) {
      const given = withEvery(state, (values) => shifted(values, offset));
      const engine = await GraphEngine.open(settings.config, plan, given);
      withEvery(given, (values) => values.fill(Number.NaN));
      expect(await engine.state()).toEqual(withEvery(state, (values) => values));
      engine.dispose();
    }
  });
});

/** The same values that many bytes behind the start of their buffer. */
function shifted(values: Float32Array, offset: number): Float32Array {
  const copy = new Float32Array(new ArrayBuffer(offset + values.byteLength), offset);
  copy.set(values);
  return copy;
}

function withEvery(
  { weights, first, second, averaged }: Omit<TrainingState, "step">,
  change: (values: Float32Array) => Float32Array,
): Omit<TrainingState, "step"> {
  const of = (all: Weights): Weights =>
    new Map(
      Array.from(all, ([name, { shape, values }]) => [name, { shape, values: change(values) }]),
    );
  return {
    weights: of(weights),
    first: of(first),
    second: of(second),
    averaged: averaged && of(averaged),
  };
}

describe("gradients of the graph", () => {
  beforeAll(() => selectBackend("tfjs-node"));

  for (const [name, { config }] of Object.entries(CASES)) {
    it(`${name}: match the slope of the loss, with the same activations dropped`, async () => {
      const dropping = { ...config, hiddenDropout: 0.2, attentionDropout: 0.2 };
      const weights = weightsOf(config);
      const options = { engine: "graph", dropoutSeed: 11 } as const;
      const { gradients } = await lossAndGradients(dropping, weights, EXAMPLES, options);
      expect([...gradients.keys()]).toEqual([...weights.keys()]);

      // Along a random direction, the loss rises by gradient . direction.
      const random = createRandom(5, "direction");
      const directions = new Map(
        [...weights].map(([key, { values }]) => [key, values.map(() => random.normal())]),
      );
      let expected = 0;
      for (const [key, { values }] of gradients) {
        values.forEach((g, i) => {
          expected += g * directions.get(key)![i]!;
        });
      }
      const lossAt = async (step: number) => {
        const moved = new Map(
          [...weights].map(([key, { shape, values }]) => {
            const direction = directions.get(key)!;
            return [
              key,
              { shape, values: values.map((v, i) => v + step * direction[i]!) },
            ] as const;
          }),
        );
        return (await lossAndGradients(dropping, moved, EXAMPLES, options)).loss;
      };
      const step = 3e-4;
      const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
      expect(Math.abs(slope - expected)).toBeLessThan(5e-3 + 0.02 * Math.abs(expected));
    });
  }

  it("draw the same dropout as the eager engine for the same seed, and other for another", async () => {
    const { config } = CASES["dropout of both kinds"]!;
    const weights = weightsOf(config);
    const loss = async (engine: Engine, dropoutSeed: number) =>
      (await lossAndGradients(config, weights, EXAMPLES, { engine, dropoutSeed })).loss;
    expect(await loss("graph", 1)).toBeCloseTo(await loss("eager", 1), 5);
    expect(Math.abs((await loss("graph", 1)) - (await loss("graph", 2)))).toBeGreaterThan(1e-3);
  });
});
