import type { PackageRules } from "./rules.js";

export const ENCODER: PackageRules = {
  for: "ALBERT and BERT on TensorFlow.js: tokenizer, model, training, vectors of texts, backends",
  imports: ["numeric"],
  folders: {
    estimate: {
      for: "steps, memory and storage that a training or an encoding will take; loads no TensorFlow",
      imports: ["backends", "training/recipe", "checkpoints", "model", "errors.ts"],
    },
    encoding: {
      for: "texts to vectors by a pretrained encoder: batches by length, a cache by text",
      imports: ["backends", "checkpoints", "model", "operations", "graph", "text", "errors.ts"],
    },
    backends: {
      for: "TensorFlow.js backends (wasm with our kernels, tfjs-node, WebGPU): start, probe, choice",
      imports: ["training/steps", "model", "operations", "graph", "errors.ts"],
    },
    "training/fold": {
      for: "one fold: its options and data, epochs, prediction, the choice of an epoch, states to resume from",
      imports: [
        "training/pretraining",
        "training/steps",
        "training/recipe",
        "checkpoints",
        "model",
        "text",
        "errors.ts",
      ],
    },
    "training/pretraining": {
      for: "start weights from the texts alone: masked pieces, swapped halves, word embeddings",
      imports: [
        "training/steps",
        "training/recipe",
        "model",
        "operations",
        "text",
        "numeric",
        "errors.ts",
      ],
    },
    "training/steps": {
      for: "one training step: targets, loss, optimizer, averages, by the eager engine or as one call of a graph; and its inspection by tests and probes",
      imports: ["training/recipe", "model", "operations", "graph", "text", "numeric", "errors.ts"],
    },
    "training/recipe": {
      for: "what a training is set to: recipes, their plans, learning-rate schedules",
      imports: ["errors.ts"],
    },
    checkpoints: {
      for: "files of pretrained and finished models, Hugging Face's and Google's; not the states of a training",
      imports: ["checkpoints/pytorch", "model", "operations", "text", "numeric", "errors.ts"],
    },
    "checkpoints/pytorch": {
      for: "files of torch.save, read without running them: zip archives and pickles of tensors",
      imports: ["model", "numeric", "errors.ts"],
    },
    model: {
      for: "the network: configuration, parameters, forward pass, classifier head",
      imports: ["operations", "graph", "text", "numeric", "errors.ts"],
    },
    operations: {
      for: "differentiable operations with gradients of their own (attention, dense, embeddings, losses), each in two forms: eager, and as nodes of a graph",
      imports: ["graph"],
    },
    graph: {
      for: "TensorFlow graphs written in JavaScript: nodes, gradients backwards, the SavedModel's bytes, its calls",
      imports: [],
    },
    text: {
      for: "texts to token ids: vocabulary, tokenizer, n-grams, padded batches",
      imports: ["errors.ts"],
    },
    numeric: {
      for: "computing on plain arrays that only the encoder needs: random weights, SVD, CRC-32C, half precisions",
      imports: [],
    },
    "errors.ts": { for: "the package's errors, by code", imports: [] },
  },
};
