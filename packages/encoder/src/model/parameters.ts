import { createRandom } from "@winnow/numeric";
import { truncatedNormal } from "../numeric/random-values.js";
import type { EncoderConfig } from "./config.js";
import { blocksNeeded } from "./config.js";

/** One weight; dense kernels are (inputs, outputs), as in TensorFlow. */
export interface Weight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** All weights of a model by name; `parameterShapes` lists the names. */
export type Weights = Map<string, Weight>;

/** How a parameter is initialized: truncated normal, ones, or zeros. */
export interface ParameterShape {
  readonly shape: readonly number[];
  readonly start: "normal" | "ones" | "zeros";
}

/** Widths of the cnn pooling's convolutions. */
export const CNN_WIDTHS = [2, 3, 4] as const;

/** Name prefix of the weights of block `block` (from 1): with groups, blocks share them. */
export function blockPrefix(config: EncoderConfig, block: number, inner: number): string {
  const group = Math.floor((block - 1) / (config.layers / config.groups));
  return `group${group}.inner${inner}`;
}

/** Width of the row that the classifier reads. */
export function featureSize(config: EncoderConfig): number {
  const H = config.hiddenSize;
  switch (config.head.pooling) {
    case "cls-mean-embedding":
      return 2 * H;
    case "cnn":
      return CNN_WIDTHS.length * cnnFilters(config);
    default:
      return H;
  }
}

/** Filters of each convolution of the cnn pooling. */
export function cnnFilters(config: EncoderConfig): number {
  return Math.max(1, Math.round(config.hiddenSize / CNN_WIDTHS.length));
}

/** Every weight that the head's tap needs, with its shape; nothing else is held or trained. */
export function parameterShapes(
  config: EncoderConfig,
  vocabularySize: number,
  classes: number,
): Map<string, ParameterShape> {
  const { embeddingSize: E, hiddenSize: H, intermediateSize: I } = config;
  const shapes = new Map<string, ParameterShape>();
  const normal = (name: string, ...shape: number[]) => shapes.set(name, { shape, start: "normal" });
  const norm = (name: string, size: number) => {
    shapes.set(`${name}.scale`, { shape: [size], start: "ones" });
    shapes.set(`${name}.offset`, { shape: [size], start: "zeros" });
  };
  const dense = (name: string, inputs: number, outputs: number) => {
    normal(`${name}.kernel`, inputs, outputs);
    shapes.set(`${name}.bias`, { shape: [outputs], start: "zeros" });
  };

  normal("embeddings.word", vocabularySize, E);
  normal("embeddings.position", config.maxPositions, E);
  normal("embeddings.segment", config.segments, E);
  norm("embeddings.norm", E);
  if (config.embeddingMapping) dense("mapping", E, H);

  const blocks = blocksNeeded(config);
  for (let block = 1; block <= blocks; block++) {
    for (let inner = 0; inner < config.innerLayers; inner++) {
      const prefix = blockPrefix(config, block, inner);
      // The head's own block ends where its tap sits.
      const tap = block === blocks && inner === config.innerLayers - 1 ? config.head.tap : "block";
      dense(`${prefix}.query`, H, H);
      dense(`${prefix}.key`, H, H);
      dense(`${prefix}.value`, H, H);
      dense(`${prefix}.output`, H, H);
      norm(`${prefix}.attention-norm`, H);
      if (tap === "attention-norm") continue;
      dense(`${prefix}.intermediate`, H, I);
      dense(`${prefix}.feed-forward`, I, H);
      if (tap === "feed-forward") continue;
      norm(`${prefix}.block-norm`, H);
    }
  }

  if (config.head.tap === "pooler") dense("pooler", H, H);
  if (config.head.pooling === "cnn") {
    for (const width of CNN_WIDTHS) dense(`cnn${width}`, width * H, cnnFilters(config));
  }
  dense("classifier", featureSize(config), classes);
  if (config.head.wideBuckets > 0) {
    shapes.set("wide", { shape: [config.head.wideBuckets, classes], start: "zeros" });
  }
  return shapes;
}

/** Random weights: truncated normal of `initializerRange`, biases 0, norms 1 and 0. */
export function initialWeights(
  config: EncoderConfig,
  vocabularySize: number,
  classes: number,
  seed: number,
): Weights {
  const weights: Weights = new Map();
  for (const [name, { shape, start }] of parameterShapes(config, vocabularySize, classes)) {
    const size = shape.reduce((product, length) => product * length, 1);
    // One stream per name: adding a head does not change other weights.
    const values =
      start === "normal"
        ? truncatedNormal(createRandom(seed, "weights", name), size, config.initializerRange)
        : new Float32Array(size).fill(start === "ones" ? 1 : 0);
    weights.set(name, { shape, values });
  }
  return weights;
}
