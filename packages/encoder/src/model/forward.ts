import * as tf from "@tensorflow/tfjs-core";
import type { Random } from "@winnow/numeric";
import { dropoutMask } from "../numeric/random-values.js";
import { attention, rowAttention } from "../operations/attention.js";
import { layerNorm, linear } from "../operations/dense.js";
import { activate, scaleBy, sum } from "../operations/elementwise.js";
import { embed, firstRows } from "../operations/rows.js";
import type { BatchTensors } from "./batch-tensors.js";
import { type AlbertConfig, blocksNeeded } from "./config.js";
import { blockPrefix } from "./parameters.js";

/** Weights on the backend, by the names of `parameterShapes`. */
export type Parameters = Record<string, tf.Tensor>;

/** What a forward pass can report besides its logits. */
export interface Activations {
  embeddingsNorm?: tf.Tensor; // (B * S, E)
  hidden: tf.Tensor[]; // N + 1 of (B * S, H): after the mapping, then after each block
  attentionNorm: tf.Tensor[]; // N of (B * S, H)
  feedForward: tf.Tensor[]; // N of (B * S, H)
}

/** How a forward pass runs: dropout draws from `random` (null = none). */
export interface ForwardOptions {
  random?: Random | null;
  /**
   * Computes the last block's queries, output and feed-forward for every row, although the head
   * reads only the CLS row. The result is the same; tests compare the two.
   */
  everyRow?: boolean;
  /** Filled with the activations when given (implies `everyRow`). */
  activations?: Activations;
}

/** The tensor that the head reads, and the mapped embeddings. */
export interface Encoded {
  readonly rows: tf.Tensor; // (B, H) when `clsOnly`, else (B * S, H)
  readonly clsOnly: boolean;
  readonly mapped: tf.Tensor; // (B * S, H)
}

/** Runs the blocks below the head over a batch: what the head reads. */
export function encode(
  config: AlbertConfig,
  parameters: Parameters,
  batch: BatchTensors,
  options: ForwardOptions = {},
): Encoded {
  return new Forward(config, parameters, batch, options).encode();
}

/** Every row of the head's block, (B * S, H): for heads other than the classifier. */
export function encodedRows(
  config: AlbertConfig,
  parameters: Parameters,
  batch: BatchTensors,
  random: Random | null,
): tf.Tensor {
  return encode(config, parameters, batch, { random, everyRow: true }).rows;
}

/** One forward pass: holds what every layer needs, so that the layers read like the paper. */
class Forward {
  readonly #config: AlbertConfig;
  readonly #parameters: Parameters;
  readonly #batch: BatchTensors;
  readonly #options: ForwardOptions;

  constructor(
    config: AlbertConfig,
    parameters: Parameters,
    batch: BatchTensors,
    options: ForwardOptions,
  ) {
    this.#config = config;
    this.#parameters = parameters;
    this.#batch = batch;
    this.#options = options;
  }

  encode(): Encoded {
    const config = this.#config;
    const options = this.#options;
    const mapped = this.#embeddings(); // (B * S, H)
    options.activations?.hidden.push(tf.keep(tf.clone(mapped)));
    const clsReadAlone =
      (config.head.pooling === "cls" || config.head.pooling === "cls-mean-embedding") &&
      options.everyRow !== true &&
      options.activations === undefined;

    let x = mapped; // (B * S, H)
    const blocks = blocksNeeded(config);
    for (let block = 1; block <= blocks; block++) {
      for (let inner = 0; inner < config.innerLayers; inner++) {
        const last = block === blocks && inner === config.innerLayers - 1;
        const [rows, prefix] = [x, blockPrefix(config, block, inner)];
        // Each operation saves what its gradient needs; the rest is disposed with its block.
        x = tf.tidy(() => this.#block(rows, prefix, last, last && clsReadAlone));
      }
      options.activations?.hidden.push(tf.keep(tf.clone(x)));
    }
    return { rows: x, clsOnly: clsReadAlone, mapped };
  }

  #embeddings(): tf.Tensor {
    const config = this.#config;
    const parameters = this.#parameters;
    const batch = this.#batch;
    const tables = {
      word: this.#weight("embeddings.word"), // (V, E)
      position: this.#weight("embeddings.position"), // (P, E)
      segment: this.#weight("embeddings.segment"), // (2, E)
    };
    let x = embed(tables, batch.ids, batch.segments, batch.batch, batch.length); // (B * S, E)
    x = this.#norm(x, "embeddings.norm"); // (B * S, E)
    if (this.#options.activations) this.#options.activations.embeddingsNorm = tf.keep(tf.clone(x));
    x = this.#dropout(x, config.hiddenDropout); // (B * S, E)
    return "mapping.kernel" in parameters ? this.#dense(x, "mapping") : x; // (B * S, H)
  }

  /**
   * One block over x (B * S, H): (B * S, H), or (B, H) for the CLS rows alone. `last` is the
   * head's own block: it ends where the tap sits.
   */
  #block(x: tf.Tensor, prefix: string, last: boolean, clsOnly: boolean): tf.Tensor {
    const config = this.#config;
    const batch = this.#batch;
    const options = this.#options;
    const tap = last ? config.head.tap : "block";
    const from = clsOnly ? firstRows(x, batch.batch, batch.length) : x; // (B * R, H)

    const q = this.#dense(from, `${prefix}.query`); // (B * R, H)
    const a = tf.tidy(() => {
      const context = clsOnly ? this.#rowContext(q, x, prefix) : this.#context(q, x, prefix); // (B * R, H)
      const attended = this.#dropout(
        this.#dense(context, `${prefix}.output`),
        config.hiddenDropout,
      ); // (B * R, H)
      return this.#norm(sum(from, attended), `${prefix}.attention-norm`); // (B * R, H)
    });
    options.activations?.attentionNorm.push(tf.keep(tf.clone(a)));
    if (tap === "attention-norm" && !options.activations) return a;

    const f = tf.tidy(() => {
      const wide = activate(this.#dense(a, `${prefix}.intermediate`), config.activation); // (B * R, I)
      return this.#dense(wide, `${prefix}.feed-forward`); // (B * R, H)
    });
    options.activations?.feedForward.push(tf.keep(tf.clone(f)));
    if (tap === "feed-forward" && !options.activations) return f;

    return this.#norm(sum(a, this.#dropout(f, config.hiddenDropout)), `${prefix}.block-norm`); // (B * R, H)
  }

  #context(q: tf.Tensor, x: tf.Tensor, prefix: string): tf.Tensor {
    const config = this.#config;
    const batch = this.#batch;
    const k = this.#dense(x, `${prefix}.key`); // (B * S, H)
    const v = this.#dense(x, `${prefix}.value`); // (B * S, H)
    const shape = { ...batch, queries: batch.length, heads: config.heads };
    return attention(q, k, v, batch.bias, this.#attentionMask(batch.length), shape); // (B * S, H)
  }

  #rowContext(q: tf.Tensor, x: tf.Tensor, prefix: string): tf.Tensor {
    const config = this.#config;
    const batch = this.#batch;
    const weights = {
      keyKernel: this.#weight(`${prefix}.key.kernel`), // (H, H)
      keyBias: this.#weight(`${prefix}.key.bias`), // (H)
      valueKernel: this.#weight(`${prefix}.value.kernel`), // (H, H)
      valueBias: this.#weight(`${prefix}.value.bias`), // (H)
    };
    const shape = { ...batch, heads: config.heads };
    return rowAttention(q, x, weights, batch.bias, this.#attentionMask(1), shape); // (B, H)
  }

  #dense(x: tf.Tensor, name: string): tf.Tensor {
    return linear(x, this.#weight(`${name}.kernel`), this.#weight(`${name}.bias`));
  }

  #norm(x: tf.Tensor, name: string): tf.Tensor {
    const epsilon = this.#config.layerNormEpsilon;
    return layerNorm(x, this.#weight(`${name}.scale`), this.#weight(`${name}.offset`), epsilon);
  }

  #dropout(x: tf.Tensor, rate: number): tf.Tensor {
    const random = this.#options.random;
    if (!random || rate === 0) return x;
    return scaleBy(x, tf.tensor(dropoutMask(random, x.size, rate), x.shape));
  }

  #attentionMask(queries: number): tf.Tensor | null {
    const config = this.#config;
    const batch = this.#batch;
    const options = this.#options;
    if (!options.random || config.attentionDropout === 0) return null;
    const shape = [batch.batch, config.heads, queries, batch.length];
    const size = shape.reduce((product, side) => product * side, 1);
    return tf.tensor(dropoutMask(options.random, size, config.attentionDropout), shape); // (B, A, R, S)
  }

  #weight(name: string): tf.Tensor {
    return weightOf(this.#parameters, name);
  }
}

/** The named weight; a missing one is a bug of ours. */
export function weightOf(parameters: Parameters, name: string): tf.Tensor {
  const weight = parameters[name];
  if (weight === undefined) throw new Error(`The model has no weight ${name}.`);
  return weight;
}
