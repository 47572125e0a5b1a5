import type { EncoderConfig, ModelType } from "../model/config.js";

/** The names of one of our weights in other people's files. */
export interface WeightNames {
  /** Hugging Face's name without the `albert.` or `bert.` prefix of classifiers. */
  readonly huggingFace: string;
  /** Google's TF1 name. */
  readonly google: string;
  /** Hugging Face keeps dense kernels (outputs, inputs); ours and Google's are (inputs, outputs). */
  readonly transposedInHuggingFace: boolean;
  /** Google keeps the classifier's kernel (outputs, inputs). */
  readonly transposedInGoogle: boolean;
}

type LayerName = readonly [ours: string, huggingFace: string, google: string];

const LAYER_NAMES: Record<ModelType, readonly LayerName[]> = {
  albert: [
    ["query", "attention.query", "attention_1/self/query"],
    ["key", "attention.key", "attention_1/self/key"],
    ["value", "attention.value", "attention_1/self/value"],
    ["output", "attention.dense", "attention_1/output/dense"],
    ["attention-norm", "attention.LayerNorm", "LayerNorm"],
    ["intermediate", "ffn", "ffn_1/intermediate/dense"],
    ["feed-forward", "ffn_output", "ffn_1/intermediate/output/dense"],
    ["block-norm", "full_layer_layer_norm", "LayerNorm_1"],
  ],
  bert: [
    ["query", "attention.self.query", "attention/self/query"],
    ["key", "attention.self.key", "attention/self/key"],
    ["value", "attention.self.value", "attention/self/value"],
    ["output", "attention.output.dense", "attention/output/dense"],
    ["attention-norm", "attention.output.LayerNorm", "attention/output/LayerNorm"],
    ["intermediate", "intermediate.dense", "intermediate/dense"],
    ["feed-forward", "output.dense", "output/dense"],
    ["block-norm", "output.LayerNorm", "output/LayerNorm"],
  ],
};

/** Where the two formats keep the block of a group. */
const BLOCK_NAMES: Record<ModelType, (group: number, inner: number) => [string, string]> = {
  albert: (group, inner) => [
    `encoder.albert_layer_groups.${group}.albert_layers.${inner}`,
    `bert/encoder/transformer/group_${group}/inner_group_${inner}`,
  ],
  bert: (group) => [`encoder.layer.${group}`, `bert/encoder/layer_${group}`],
};

/** Our name -> theirs, for every weight of an encoder with these groups, pooler and classifier. */
export function weightNames(
  config: Pick<EncoderConfig, "modelType" | "groups" | "innerLayers">,
): Map<string, WeightNames> {
  const names = new Map<string, WeightNames>();
  const table = (ours: string, theirs: string) =>
    names.set(`embeddings.${ours}`, {
      huggingFace: `embeddings.${theirs}.weight`,
      google: `bert/embeddings/${theirs}`,
      transposedInHuggingFace: false,
      transposedInGoogle: false,
    });
  const pair = (ours: string, huggingFace: string, google: string) => {
    const norm = ours.endsWith("norm");
    const [first, second] = norm ? ["scale", "offset"] : ["kernel", "bias"];
    const [googleFirst, googleSecond] = norm ? ["gamma", "beta"] : ["kernel", "bias"];
    const common = { transposedInGoogle: false };
    names.set(`${ours}.${first}`, {
      ...common,
      huggingFace: `${huggingFace}.weight`,
      google: `${google}/${googleFirst}`,
      transposedInHuggingFace: !norm,
    });
    names.set(`${ours}.${second}`, {
      ...common,
      huggingFace: `${huggingFace}.bias`,
      google: `${google}/${googleSecond}`,
      transposedInHuggingFace: false,
    });
  };

  table("word", "word_embeddings");
  table("position", "position_embeddings");
  table("segment", "token_type_embeddings");
  pair("embeddings.norm", "embeddings.LayerNorm", "bert/embeddings/LayerNorm");
  if (config.modelType === "albert") {
    const mapping = "encoder/embedding_hidden_mapping_in";
    pair("mapping", mapping.replace("/", "."), `bert/${mapping}`);
  }
  for (let group = 0; group < config.groups; group++) {
    for (let inner = 0; inner < config.innerLayers; inner++) {
      const [huggingFace, google] = BLOCK_NAMES[config.modelType](group, inner);
      for (const [ours, hf, tf1] of LAYER_NAMES[config.modelType]) {
        pair(`group${group}.inner${inner}.${ours}`, `${huggingFace}.${hf}`, `${google}/${tf1}`);
      }
    }
  }
  pair("pooler", config.modelType === "albert" ? "pooler" : "pooler.dense", "bert/pooler/dense");
  names.set("classifier.kernel", {
    huggingFace: "classifier.weight",
    google: "output_weights",
    transposedInHuggingFace: true,
    transposedInGoogle: true,
  });
  names.set("classifier.bias", {
    huggingFace: "classifier.bias",
    google: "output_bias",
    transposedInHuggingFace: false,
    transposedInGoogle: false,
  });
  return names;
}

/** Whether no classifier needs the tensor: pretraining heads, optimizer state, counters. */
export function isIgnoredTensor(name: string): boolean {
  return (
    /(^|\.)embeddings\.(position_ids|token_type_ids)$/.test(name) ||
    /(^|\.)(predictions|sop_classifier)\./.test(name) ||
    /(^|\.)cls\.(predictions|seq_relationship)\./.test(name) ||
    /^cls\//.test(name) ||
    /\/(adam|lamb)_[mv](_\d+)?$/.test(name) ||
    /^(global_step|_CHECKPOINTABLE_OBJECT_GRAPH|save_counter.*)$/.test(name)
  );
}
