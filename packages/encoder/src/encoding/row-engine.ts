import * as tf from "@tensorflow/tfjs-core";
import { Graph } from "../graph/graph.js";
import { GraphSession, runsGraphs } from "../graph/session.js";
import { type Shaped, Tape } from "../graph/tape.js";
import { batchTensors, disposeBatch } from "../model/batch-tensors.js";
import type { EncoderConfig } from "../model/config.js";
import { encode } from "../model/forward.js";
import { batchFeed, batchInputs } from "../model/graph-batch.js";
import { headFeatures } from "../model/head.js";
import { featureSize, type Weights } from "../model/parameters.js";
import { eagerOperations } from "../operations/eager.js";
import { graphOperations } from "../operations/graph.js";
import type { TokenBatch } from "../text/batches.js";

/** Computes the row of each text that a head reads, without a classifier: (B, F). */
export interface RowEngine {
  rows(tokens: TokenBatch): Promise<Float32Array>;
  dispose(): void;
}

/** An engine on the current backend: one call of a graph a batch where it runs graphs. */
export function openRowEngine(config: EncoderConfig, weights: Weights): Promise<RowEngine> {
  return runsGraphs() ? openGraph(config, weights) : openEager(config, weights);
}

/** Whether the current backend leaves other cores idle. */
export const runsOnOneThread = (): boolean => tf.getBackend() === "wasm";

async function openEager(config: EncoderConfig, weights: Weights): Promise<RowEngine> {
  const parameters = Object.fromEntries(
    Array.from(weights, ([name, { shape, values }]) => [name, tf.tensor(values, [...shape])]),
  );
  return {
    async rows(tokens) {
      const batch = batchTensors(tokens, config);
      const features = tf.tidy(() => {
        const operations = eagerOperations(batch, null);
        return headFeatures(config, parameters, operations, encode(config, parameters, operations));
      }); // (B, F)
      try {
        return (await features.data()) as Float32Array;
      } finally {
        features.dispose();
        disposeBatch(batch);
      }
    },
    dispose: () => tf.dispose(parameters),
  };
}

async function openGraph(config: EncoderConfig, weights: Weights): Promise<RowEngine> {
  const g = new Graph();
  const variables = Array.from(weights, ([name, { shape }]) => {
    return [name, g.variable(`weights/${name}`, shape)] as const;
  });
  const parameters: Record<string, Shaped> = Object.fromEntries(
    variables.map(([name, variable]) => [name, { ...g.read(variable), shape: variable.shape }]),
  );
  const { ports, batch } = batchInputs(g, config);
  const operations = graphOperations(new Tape(g), batch, null);
  const encoded = encode(config, parameters, operations);
  const rows = headFeatures(config, parameters, operations, encoded);
  g.signature("rows", ports, { rows: { node: rows, shape: [-1, featureSize(config)] } });

  const inputs = variables.map(([name, variable]) => {
    const node = g.placeholder(1, variable.shape);
    // A fed tensor may lie in memory of JavaScript, which a variable must not keep.
    return { name, shape: variable.shape, node, set: g.assign(variable, g.snapshot(node)) };
  });
  g.signature(
    "set",
    Object.fromEntries(inputs.map(({ name, node, shape }) => [name, { node, shape }])),
    {
      done: {
        node: g.identity(
          g.scalar(1),
          inputs.map(({ set }) => set),
        ),
        shape: [],
      },
    },
  );

  const session = await GraphSession.open(g, ["rows", "set"]);
  const feed = Array.from(weights, ([name, { shape, values }]) => {
    return [name, tf.tensor(values, [...shape])] as const;
  });
  tf.dispose(session.run("set", Object.fromEntries(feed)));
  return {
    async rows(tokens) {
      const { rows: found } = session.run("rows", batchFeed(tokens, config));
      const values = (await found!.data()) as Float32Array;
      found!.dispose();
      return values;
    },
    dispose: () => session.dispose(),
  };
}
