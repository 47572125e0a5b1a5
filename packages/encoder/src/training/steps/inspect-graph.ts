import * as tf from "@tensorflow/tfjs-core";
import type { Random } from "@winnow/numeric";
import { Graph, type Node } from "../../graph/graph.js";
import type { Port } from "../../graph/graph-file.js";
import { GraphSession } from "../../graph/session.js";
import { type Shaped, Tape } from "../../graph/tape.js";
import type { EncoderConfig } from "../../model/config.js";
import { type ActivationsOf, encode } from "../../model/forward.js";
import { batchFeed } from "../../model/graph-batch.js";
import { headLogits } from "../../model/head.js";
import type { Weights } from "../../model/parameters.js";
import { graphOperations } from "../../operations/graph.js";
import type { StepPart } from "./step-engine.js";
import { lossGraph, lossInputs } from "./step-graph.js";

/** Activations, flat, with rows (B * S) or (B). */
export interface InspectedActivations {
  readonly embeddingsNorm: Float32Array;
  readonly hidden: Float32Array[];
  readonly attentionNorm: Float32Array[];
  readonly feedForward: Float32Array[];
  readonly logits: Float32Array;
}

/** What the graph engine computes in a step, before any weight is changed. */
export async function inspectGraph(
  config: EncoderConfig,
  weights: Weights,
  { tokens, targets }: StepPart,
  options: { random: Random | null; everyRow?: boolean; activations?: boolean },
): Promise<{
  logits: Float32Array;
  loss: number;
  gradients: Weights;
  activations: InspectedActivations | null;
}> {
  const g = new Graph();
  const inputs = lossInputs(g, config);
  const everyRow = options.everyRow ?? false;
  const parameters: Record<string, Shaped> = {};
  const ports: Record<string, Port> = { ...inputs.ports };
  const feed: tf.NamedTensorMap = {
    ...batchFeed(tokens, config),
    targets: tf.tensor2d(targets.targets, [tokens.batch, targets.targets.length / tokens.batch]),
    shares: tf.tensor1d(targets.shares),
  };
  const { random } = options;
  if (random !== null) feed.seed = tf.tensor1d([random.bits(), random.bits()], "int32");
  for (const [name, { shape, values }] of weights) {
    const node = g.placeholder(1, shape);
    parameters[name] = { ...node, shape };
    ports[`weights/${name}`] = { node, shape };
    feed[`weights/${name}`] = tf.tensor(values, [...shape]);
  }
  const { loss, gradients } = lossGraph(g, { config, everyRow }, parameters, inputs);

  const activations: ActivationsOf<Shaped> = { hidden: [], attentionNorm: [], feedForward: [] };
  const operations = graphOperations(new Tape(g), inputs.batch, null);
  const encoded = encode(config, parameters, operations, {
    everyRow,
    ...(options.activations && { activations }),
  });
  const logits = headLogits(config, parameters, operations, encoded);

  const outputs: Record<string, Node> = { loss, logits };
  for (const [name, node] of gradients) outputs[`gradients/${name}`] = node;
  const { embeddingsNorm, ...lists } = activations;
  if (embeddingsNorm) outputs.embeddingsNorm = embeddingsNorm;
  for (const [list, nodes] of Object.entries(lists)) {
    nodes.forEach((node, i) => {
      outputs[`${list}/${i}`] = node;
    });
  }
  g.signature(
    "inspect",
    ports,
    // Outputs of one operation under two names would be one to TensorFlow.js.
    Object.fromEntries(
      Object.entries(outputs).map(([name, node]) => [
        name,
        { node: g.identity(node, []), shape: [] },
      ]),
    ),
  );

  const session = await GraphSession.open(g, ["inspect"]);
  try {
    const found = session.run("inspect", feed);
    const read = async (name: string): Promise<Float32Array> => {
      const values = (await found[name]!.data()) as Float32Array;
      found[name]!.dispose();
      return values;
    };
    const list = (of: keyof typeof lists) =>
      Promise.all(lists[of].map((_, i) => read(`${of}/${i}`)));
    const result: Weights = new Map();
    for (const [name, { shape }] of weights) {
      result.set(name, { shape, values: await read(`gradients/${name}`) });
    }
    const values = await read("logits");
    return {
      logits: values,
      loss: (await read("loss"))[0]!,
      gradients: result,
      activations: options.activations
        ? {
            embeddingsNorm: await read("embeddingsNorm"),
            hidden: await list("hidden"),
            attentionNorm: await list("attentionNorm"),
            feedForward: await list("feedForward"),
            logits: values,
          }
        : null,
    };
  } finally {
    session.dispose();
  }
}
