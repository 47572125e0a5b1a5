import { Graph, INT32, type Node, type Variable } from "../../graph/graph.js";
import { FLOAT, type Port } from "../../graph/graph-file.js";
import { type Shaped, Tape } from "../../graph/tape.js";
import type { EncoderConfig } from "../../model/config.js";
import { encode } from "../../model/forward.js";
import { batchInputs } from "../../model/graph-batch.js";
import { headLogits } from "../../model/head.js";
import { crossEntropy } from "../../operations/cross-entropy-graph.js";
import { GraphDropout } from "../../operations/dropout-graph.js";
import { graphOperations } from "../../operations/graph.js";
import type { OptimizerOptions } from "../recipe/recipe.js";

/** What the graph of a training is written from. */
export interface StepGraphOptions {
  readonly config: EncoderConfig;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly optimizer: OptimizerOptions;
  readonly averages: boolean;
  readonly clipNorm: number;
  /** Whether steps have several parts, whose gradients are summed before the update. */
  readonly inParts: boolean;
  /** See `ForwardOptions`. */
  readonly everyRow: boolean;
}

/** The kinds of variables, each with one a parameter. */
export type Kind = "weights" | "first" | "second" | "averaged" | "gradients";

type Variables = ReadonlyMap<string, Variable>;

/** The kinds that a training with these options holds. */
export function kindsOf({ averages, inParts }: StepGraphOptions): Kind[] {
  const optional = [averages && ("averaged" as const), inParts && ("gradients" as const)];
  return ["weights", "first", "second", ...optional.filter((kind) => kind !== false)];
}

/** The signatures of the graph that `writeStepGraph` returns. */
export function signaturesOf(options: StepGraphOptions): string[] {
  const steps = options.inParts ? ["accumulate", "update"] : ["train"];
  return [...steps, "predict", "set", ...kindsOf(options).map((kind) => `get_${kind}`)];
}

/**
 * The whole training as a graph: a step is one call (`train`), or one a part (`accumulate`) and one
 * more (`update`); `predict`; `set`, which must come first, and `get` for the variables. Nothing is
 * placed on a device: TensorFlow uses the GPU where there is one.
 */
export function writeStepGraph(options: StepGraphOptions): Graph {
  const g = new Graph();
  const variables = createVariables(g, options);
  const { gradients: sums } = variables;

  const batch = lossInputs(g, options.config);
  const { loss, gradients } = lossGraph(g, options, read(g, variables.weights), batch);
  if (sums === undefined) {
    const settings = settingsInput(g);
    const done = updates(g, options, variables, gradients, settings.values);
    g.signature(
      "train",
      { ...batch.ports, ...settings.ports },
      { loss: { node: g.identity(loss, done), shape: [] } },
    );
  } else {
    const added = Array.from(gradients, ([name, node]) => g.assignAdd(sums.get(name)!, node));
    g.signature("accumulate", batch.ports, { loss: { node: g.identity(loss, added), shape: [] } });
    const settings = settingsInput(g);
    const summed = new Map(Array.from(sums, ([name, sum]) => [name, g.read(sum)]));
    const done = updates(g, options, variables, summed, settings.values);
    const cleared = Array.from(sums.values(), (sum) => g.assign(sum, g.fill(sum.shape, 0), done));
    g.signature("update", settings.ports, { done: doneAfter(g, cleared) });
  }

  const inputs = batchInputs(g, options.config);
  const predicted = logitsGraph(
    new Tape(g),
    options.config,
    read(g, variables.averaged ?? variables.weights),
    inputs.batch,
    null,
    options.everyRow,
  );
  g.signature("predict", inputs.ports, {
    probabilities: { node: g.softmax(predicted), shape: [-1, predicted.shape[1]!] },
  });
  accessSignatures(g, variables);
  return g;
}

type AllVariables = Record<"weights" | "first" | "second", Variables> &
  Partial<Record<Kind, Variables>>;

function createVariables(g: Graph, options: StepGraphOptions): AllVariables {
  const of = (kind: Kind): Variables =>
    new Map(
      Array.from(options.shapes, ([name, shape]) => [name, g.variable(`${kind}/${name}`, shape)]),
    );
  return {
    weights: of("weights"),
    first: of("first"),
    second: of("second"),
    ...(options.averages && { averaged: of("averaged") }),
    ...(options.inParts && { gradients: of("gradients") }),
  };
}

/** Inputs of a batch with its targets, and dropout's seed if anything is dropped. */
export function lossInputs(g: Graph, config: EncoderConfig) {
  const { ports, batch } = batchInputs(g, config);
  const targets = g.placeholder(FLOAT, [-1, -1]); // (B, C)
  const shares = g.placeholder(FLOAT, [-1]); // (B)
  const seed = dropsOut(config) ? g.placeholder(INT32, [2]) : null;
  const all: Record<string, Port> = {
    ...ports,
    targets: { node: targets, shape: [-1, -1] },
    shares: { node: shares, shape: [-1] },
    ...(seed && { seed: { node: seed, shape: [2] } }),
  };
  return { ports: all, batch, targets, shares, seed };
}

export function dropsOut(config: EncoderConfig): boolean {
  return config.hiddenDropout > 0 || config.attentionDropout > 0;
}

/** The loss of a batch, and the gradient of every weight. */
export function lossGraph(
  g: Graph,
  { config, everyRow }: Pick<StepGraphOptions, "config" | "everyRow">,
  parameters: Record<string, Shaped>,
  { batch, targets, shares, seed }: ReturnType<typeof lossInputs>,
): { loss: Node; gradients: Map<string, Node> } {
  const tape = new Tape(g);
  const logits = logitsGraph(tape, config, parameters, batch, seed, everyRow);
  const loss = crossEntropy(tape, logits, targets, shares);
  const found = tape.gradients(loss, g.scalar(1));
  const gradients = Object.entries(parameters).map(([name, { ref }]) => {
    const gradient = found.get(ref);
    if (gradient === undefined) throw new Error(`The loss does not depend on ${name}.`);
    return [name, gradient] as const;
  });
  return { loss, gradients: new Map(gradients) };
}

function logitsGraph(
  tape: Tape,
  config: EncoderConfig,
  parameters: Record<string, Shaped>,
  batch: ReturnType<typeof batchInputs>["batch"],
  seed: Node | null,
  everyRow: boolean,
): Shaped {
  const dropout = seed === null ? null : new GraphDropout(tape, seed);
  const operations = graphOperations(tape, batch, dropout);
  const encoded = encode(config, parameters, operations, { everyRow });
  return headLogits(config, parameters, operations, encoded);
}

/** The values of variables: read once a call, however often they are used. */
function read(g: Graph, variables: Variables): Record<string, Shaped> {
  return Object.fromEntries(
    Array.from(variables, ([name, variable]) => [
      name,
      { ...g.read(variable), shape: variable.shape },
    ]),
  );
}

/** Numbers that differ from step to step. */
interface Settings {
  /** The learning rate with Adam's correction. */
  readonly rate: Node;
  /** The share of a weight that AdamW takes away. */
  readonly decay: Node;
  /** What the averaged weights keep of their distance to the new ones. */
  readonly averaging: Node;
}

function settingsInput(g: Graph): { ports: Record<string, Port>; values: Settings } {
  const node = g.placeholder(FLOAT, [3]);
  const [rate, decay, averaging] = g.unstack(node, 3) as [Node, Node, Node];
  return { ports: { settings: { node, shape: [3] } }, values: { rate, decay, averaging } };
}

/** Clips, then does what `Adam.step` and the average of the eager engine do. */
function updates(
  g: Graph,
  { optimizer, clipNorm }: StepGraphOptions,
  variables: AllVariables,
  gradients: ReadonlyMap<string, Node>,
  settings: Settings,
): Node[] {
  const clipped = clipNorm > 0 ? clip(g, gradients, clipNorm) : gradients;
  const { beta1, beta2, epsilon, weightDecay } = optimizer;
  return Array.from(clipped).flatMap(([name, gradient]) => {
    const [p, m, v] = [variables.weights, variables.first, variables.second].map(
      (of) => of.get(name)!,
    ) as [Variable, Variable, Variable];
    // Biases and norms are not decayed.
    const decayed =
      weightDecay > 0 && p.shape.length > 1
        ? [g.assignSub(p, g.mul(g.read(p), settings.decay))]
        : [];
    // The powers of beta are in the rate already: 0 makes the operation's own correction 1.
    const scalars = [0, 0, null, beta1, beta2, epsilon].map((value) =>
      value === null ? settings.rate : g.scalar(value),
    );
    const stepped = g.variableOperation(
      "ResourceApplyAdam",
      [p, m, v],
      [...scalars, gradient],
      { T: { type: FLOAT }, use_locking: { flag: false } },
      decayed,
    );
    const average = variables.averaged?.get(name);
    if (average === undefined) return [stepped];
    const distance = g.sub(g.read(average), g.read(p, [stepped]));
    return [stepped, g.assignSub(average, g.mul(distance, g.sub(1, settings.averaging)))];
  });
}

function clip(g: Graph, gradients: ReadonlyMap<string, Node>, largest: number): Map<string, Node> {
  const halves = g.addN(Array.from(gradients.values(), g.halfSquares));
  const norm = g.sqrt(g.mul(halves, 2));
  const factor = g.div(largest, g.maximum(norm, largest));
  return new Map(Array.from(gradients, ([name, gradient]) => [name, g.mul(gradient, factor)]));
}

/**
 * `set` for all variables at once, so that none is forgotten, and `get_KIND` for each kind. A fed
 * tensor may lie in memory of JavaScript, which a variable must not keep: a later write there would
 * change it, and a thread of TensorFlow would free it.
 */
function accessSignatures(g: Graph, variables: AllVariables): void {
  const inputs: Record<string, Port> = {};
  const assigned: Node[] = [];
  for (const [kind, of] of Object.entries(variables)) {
    const outputs: Record<string, Port> = {};
    for (const [name, variable] of of) {
      const { shape } = variable;
      const node = g.placeholder(FLOAT, shape);
      inputs[`${kind}/${name}`] = { node, shape };
      assigned.push(g.assign(variable, g.snapshot(node)));
      outputs[name] = { node: g.read(variable), shape };
    }
    g.signature(`get_${kind}`, {}, outputs);
  }
  g.signature("set", inputs, { done: doneAfter(g, assigned) });
}

function doneAfter(g: Graph, operations: Node[]): Port {
  return { node: g.identity(g.scalar(1), operations), shape: [] };
}
