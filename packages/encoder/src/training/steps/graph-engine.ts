import * as tf from "@tensorflow/tfjs-core";
import { GraphSession } from "../../graph/session.js";
import type { EncoderConfig } from "../../model/config.js";
import { batchFeed } from "../../model/graph-batch.js";
import type { Weights } from "../../model/parameters.js";
import type { TokenBatch } from "../../text/batches.js";
import { adamCorrection } from "./optimizer.js";
import type {
  EnginePlan,
  StepEngine,
  StepPart,
  StepSettings,
  TrainingState,
} from "./step-engine.js";
import {
  type Kind,
  kindsOf,
  type StepGraphOptions,
  signaturesOf,
  writeStepGraph,
} from "./step-graph.js";

/** Steps as calls of a graph, whose variables stay in TensorFlow between them. */
export class GraphEngine implements StepEngine {
  readonly name = "graph";
  readonly #config: EncoderConfig;
  readonly #options: StepGraphOptions;
  readonly #session: GraphSession;

  constructor(config: EncoderConfig, options: StepGraphOptions, session: GraphSession) {
    this.#config = config;
    this.#options = options;
    this.#session = session;
  }

  static async open(
    config: EncoderConfig,
    plan: EnginePlan,
    state: Omit<TrainingState, "step">,
    everyRow = false,
  ): Promise<GraphEngine> {
    const options: StepGraphOptions = {
      config,
      shapes: new Map(Array.from(state.weights, ([name, { shape }]) => [name, shape])),
      optimizer: plan.optimizer,
      averages: plan.averaging > 0,
      clipNorm: plan.clipNorm,
      everyRow,
      inParts: plan.microBatchSize < plan.batchSize,
    };
    const session = await GraphSession.open(writeStepGraph(options), signaturesOf(options));
    const engine = new GraphEngine(config, options, session);
    engine.#set(state);
    return engine;
  }

  async step(parts: readonly StepPart[], settings: StepSettings): Promise<number> {
    const { inParts } = this.#options;
    let loss = 0;
    for (const part of parts) {
      const feed = this.#feed(part, settings);
      const outputs = inParts
        ? this.#session.run("accumulate", feed)
        : this.#session.run("train", { ...feed, settings: this.#settings(settings) });
      loss += (await read(outputs.loss!))[0]!;
    }
    if (inParts && Number.isFinite(loss)) {
      tf.dispose(this.#session.run("update", { settings: this.#settings(settings) }));
    }
    return loss;
  }

  async probabilities(tokens: TokenBatch): Promise<Float32Array> {
    const { probabilities } = this.#session.run("predict", batchFeed(tokens, this.#config));
    return read(probabilities!);
  }

  predictor(): Promise<Weights> {
    return this.#get(this.#options.averages ? "averaged" : "weights");
  }

  async state(): Promise<Omit<TrainingState, "step">> {
    return {
      weights: await this.#get("weights"),
      first: await this.#get("first"),
      second: await this.#get("second"),
      averaged: this.#options.averages ? await this.#get("averaged") : null,
    };
  }

  dispose(): void {
    this.#session.dispose();
  }

  #feed({ tokens, targets: { targets, shares } }: StepPart, { random }: StepSettings) {
    return {
      ...batchFeed(tokens, this.#config),
      targets: tf.tensor2d(targets, [tokens.batch, targets.length / tokens.batch]),
      shares: tf.tensor1d(shares),
      ...(random && { seed: tf.tensor1d([random.bits(), random.bits()], "int32") }),
    };
  }

  #settings({ t, rate, averaging }: StepSettings): tf.Tensor {
    const { optimizer } = this.#options;
    const corrected = rate * adamCorrection(optimizer, t + 1);
    return tf.tensor1d([corrected, rate * optimizer.weightDecay, averaging]);
  }

  #set(state: Omit<TrainingState, "step">): void {
    const feed: tf.NamedTensorMap = {};
    for (const kind of kindsOf(this.#options)) {
      for (const [name, shape] of this.#options.shapes) {
        const values = kind === "gradients" ? undefined : state[kind]?.get(name)?.values;
        const tensor = values ? tf.tensor(values, [...shape]) : tf.zeros([...shape]);
        feed[`${kind}/${name}`] = tensor;
      }
    }
    tf.dispose(this.#session.run("set", feed));
  }

  async #get(kind: Kind): Promise<Weights> {
    const outputs = this.#session.run(`get_${kind}`, {});
    const weights: Weights = new Map();
    for (const [name, shape] of this.#options.shapes) {
      weights.set(name, { shape, values: await read(outputs[name]!) });
    }
    return weights;
  }
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  const values = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return values;
}
