import type { Operations } from "../operations/operations.js";
import { blocksNeeded, type EncoderConfig } from "./config.js";
import { blockPrefix } from "./parameters.js";

/*
 * The model, written once over `Operations`: on tensors it computes, on a graph it writes what is
 * to be computed.
 */

/** Weights as tensors or nodes of a graph, by the names of `parameterShapes`. */
export type ParametersOf<X> = Record<string, X>;

/** What a forward pass can report besides its logits. */
export interface ActivationsOf<X> {
  embeddingsNorm?: X; // (B * S, E)
  hidden: X[]; // N + 1 of (B * S, H): after the mapping, then after each block
  attentionNorm: X[]; // N of (B * S, H)
  feedForward: X[]; // N of (B * S, H)
}

/** How a forward pass runs. */
export interface ForwardOptions<X> {
  /**
   * Computes the last block's queries, output and feed-forward for every row, although the head
   * reads only the CLS row. The result is the same; tests compare the two.
   */
  everyRow?: boolean | undefined;
  /** Filled with the activations when given (implies `everyRow`). */
  activations?: ActivationsOf<X>;
  /** Called with each activation: what a tensor needs to outlive the pass. */
  keep?: (x: X) => X;
}

/** The tensor that the head reads, and the mapped embeddings. */
export interface Encoded<X> {
  readonly rows: X; // (B, H) when `clsOnly`, else (B * S, H)
  readonly clsOnly: boolean;
  readonly mapped: X; // (B * S, H)
}

/** Runs the blocks below the head over a batch: what the head reads. */
export function encode<X>(
  config: EncoderConfig,
  parameters: ParametersOf<X>,
  operations: Operations<X>,
  options: ForwardOptions<X> = {},
): Encoded<X> {
  return new Forward(config, parameters, operations, options).encode();
}

/** One forward pass: holds what every layer needs, so that the layers read like the paper. */
class Forward<X> {
  readonly #config: EncoderConfig;
  readonly #parameters: ParametersOf<X>;
  readonly #operations: Operations<X>;
  readonly #options: ForwardOptions<X>;

  constructor(
    config: EncoderConfig,
    parameters: ParametersOf<X>,
    operations: Operations<X>,
    options: ForwardOptions<X>,
  ) {
    this.#config = config;
    this.#parameters = parameters;
    this.#operations = operations;
    this.#options = options;
  }

  encode(): Encoded<X> {
    const config = this.#config;
    const options = this.#options;
    const mapped = this.#embeddings(); // (B * S, H)
    options.activations?.hidden.push(this.#kept(mapped));
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
        x = this.#operations.scope(() => this.#block(rows, prefix, last, last && clsReadAlone));
      }
      options.activations?.hidden.push(this.#kept(x));
    }
    return { rows: x, clsOnly: clsReadAlone, mapped };
  }

  #embeddings(): X {
    const config = this.#config;
    const tables = {
      word: this.#weight("embeddings.word"), // (V, E)
      position: this.#weight("embeddings.position"), // (P, E)
      segment: this.#weight("embeddings.segment"), // (2, E)
    };
    let x = this.#norm(this.#operations.embed(tables), "embeddings.norm"); // (B * S, E)
    if (this.#options.activations) this.#options.activations.embeddingsNorm = this.#kept(x);
    x = this.#operations.dropout(x, config.hiddenDropout); // (B * S, E)
    return "mapping.kernel" in this.#parameters ? this.#dense(x, "mapping") : x; // (B * S, H)
  }

  /**
   * One block over x (B * S, H): (B * S, H), or (B, H) for the CLS rows alone. `last` is the
   * head's own block: it ends where the tap sits.
   */
  #block(x: X, prefix: string, last: boolean, clsOnly: boolean): X {
    const { hiddenDropout, activation, head } = this.#config;
    const operations = this.#operations;
    const { activations } = this.#options;
    const tap = last ? head.tap : "block";
    const from = clsOnly ? operations.firstRows(x) : x; // (B * R, H)

    const q = this.#dense(from, `${prefix}.query`); // (B * R, H)
    const a = operations.scope(() => {
      const context = clsOnly ? this.#rowContext(q, x, prefix) : this.#context(q, x, prefix); // (B * R, H)
      const attended = operations.dropout(this.#dense(context, `${prefix}.output`), hiddenDropout); // (B * R, H)
      return this.#norm(operations.sum(from, attended), `${prefix}.attention-norm`); // (B * R, H)
    });
    activations?.attentionNorm.push(this.#kept(a));
    if (tap === "attention-norm" && !activations) return a;

    const f = operations.scope(() => {
      const wide = operations.activate(this.#dense(a, `${prefix}.intermediate`), activation); // (B * R, I)
      return this.#dense(wide, `${prefix}.feed-forward`); // (B * R, H)
    });
    activations?.feedForward.push(this.#kept(f));
    if (tap === "feed-forward" && !activations) return f;

    const dropped = operations.dropout(f, hiddenDropout); // (B * R, H)
    return this.#norm(operations.sum(a, dropped), `${prefix}.block-norm`); // (B * R, H)
  }

  #context(q: X, x: X, prefix: string): X {
    const { heads, attentionDropout: dropout } = this.#config;
    const k = this.#dense(x, `${prefix}.key`); // (B * S, H)
    const v = this.#dense(x, `${prefix}.value`); // (B * S, H)
    return this.#operations.attention(q, k, v, { heads, dropout }); // (B * S, H)
  }

  #rowContext(q: X, x: X, prefix: string): X {
    const { heads, attentionDropout: dropout } = this.#config;
    const weights = {
      keyKernel: this.#weight(`${prefix}.key.kernel`), // (H, H)
      keyBias: this.#weight(`${prefix}.key.bias`), // (H)
      valueKernel: this.#weight(`${prefix}.value.kernel`), // (H, H)
      valueBias: this.#weight(`${prefix}.value.bias`), // (H)
    };
    return this.#operations.rowAttention(q, x, weights, { heads, dropout }); // (B, H)
  }

  #dense(x: X, name: string): X {
    const [kernel, bias] = [this.#weight(`${name}.kernel`), this.#weight(`${name}.bias`)];
    return this.#operations.linear(x, kernel, bias);
  }

  #norm(x: X, name: string): X {
    const [scale, offset] = [this.#weight(`${name}.scale`), this.#weight(`${name}.offset`)];
    return this.#operations.layerNorm(x, scale, offset, this.#config.layerNormEpsilon);
  }

  #kept(x: X): X {
    return this.#options.keep?.(x) ?? x;
  }

  #weight(name: string): X {
    return weightOf(this.#parameters, name);
  }
}

/** The named weight; a missing one is a bug of ours. */
export function weightOf<X>(parameters: ParametersOf<X>, name: string): X {
  const weight = parameters[name];
  if (weight === undefined) throw new Error(`The model has no weight ${name}.`);
  return weight;
}
