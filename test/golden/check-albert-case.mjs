// Holds one golden case against the built package: activations, every head's logits, loss and
// gradients, and the training trace. Used by the tests and by `npm run golden`.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createTokenizer,
  encoderActivations,
  lossAndGradients,
  parseVocabulary,
  readCheckpoint,
  readSafetensors,
  trainingTrace,
  weightNames,
} from "@winnow/encoder";
import { compare, compareValid, createReport, transpose } from "./compare.mjs";

const ACTIVATION = { absolute: 1e-4, relative: 0 };
const GRADIENT = { absolute: 1e-4, relative: 1e-3 };
const LOSS = { absolute: 1e-3, relative: 0 };
// Norms of whole tensors after training: float32 sums of thousands of squares.
const NORM = { absolute: 1e-3, relative: 1e-3 };

export async function checkAlbertCase(folder, format, engine) {
  const report = createReport();
  const expected = JSON.parse(await readFile(join(folder, "expected.json"), "utf8"));
  const json = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
  const activation = { gelu: "gelu", gelu_new: "gelu-tanh", relu: "relu" }[json.hidden_act];
  const layers = json.num_hidden_layers;
  // A bundle holds the encoder alone: its classifier comes from the safetensors file.
  const classifier = (await readCheckpoint(folder, { format: "safetensors" })).weights;
  const load = async (head) => {
    const { config, weights } = await readCheckpoint(folder, { format, activation, head });
    for (const name of ["classifier.kernel", "classifier.bias"]) {
      if (!weights.has(name)) weights.set(name, classifier.get(name));
    }
    return { config, weights };
  };
  const {
    input_ids: ids,
    attention_mask: mask,
    token_type_ids: segments,
    labels,
  } = expected.inputs;
  const examples = { ids, mask, segments, labels };

  const pooled = await load({ tap: "last", pooling: "cls" });
  const found = await encoderActivations(pooled.config, pooled.weights, examples, { engine });
  const compareRows = (what, values, rows) =>
    compareValid(report, what, values, rows, mask, ACTIVATION);
  compareRows(
    "embeddings_layernorm",
    found.embeddingsNorm,
    expected.activations.embeddings_layernorm,
  );
  for (const [i, rows] of expected.activations.hidden_states.entries()) {
    compareRows(`hidden_states[${i}]`, found.hidden[i], rows);
  }
  for (let i = 0; i < layers; i++) {
    compareRows(
      `attention_layernorm[${i}]`,
      found.attentionNorm[i],
      expected.activations.attention_layernorm[i],
    );
    compareRows(`ffn_output[${i}]`, found.feedForward[i], expected.activations.ffn_output[i]);
  }

  const gradients = readSafetensors(await readFile(join(folder, "gradients.safetensors"))).tensors;
  for (const head of expected.heads) {
    const { config, weights } = await load(headOf(head));
    for (const everyRow of [false, true]) {
      const way = everyRow ? `${head.name}, every row` : head.name;
      const result = await lossAndGradients(config, weights, examples, { engine, everyRow });
      compare(report, `${way}: logits`, result.logits, head.logits.flat(), ACTIVATION);
      compare(report, `${way}: loss`, [result.loss], [head.loss], ACTIVATION);
      compareGradients(report, way, config, result.gradients, gradients, head.name);
    }
  }
  await compareTrace(report, expected, examples, load, engine);
  return report;
}

export async function checkTokenizerCases(folder) {
  const report = createReport();
  const files = await readdir(folder);
  const file = files.find((name) => /^vocab.*\.txt$/.test(name));
  const vocabulary = parseVocabulary(await readFile(join(folder, file), "utf8"));
  const { cases } = JSON.parse(await readFile(join(folder, "expected.json"), "utf8"));
  for (const { text, do_lower_case: lowerCase, maxlen, ids } of cases) {
    const tokenizer = createTokenizer(vocabulary, {
      lowerCase,
      maxLength: maxlen ?? 100_000,
      unknown: "piece",
    });
    const found = [...tokenizer.encode(text)];
    report.comparisons++;
    if (String(found) !== String(ids)) {
      report.differences.push({
        what: `tokens of ${JSON.stringify(text)} at ${maxlen}: ${found}`,
        largest: 1,
        allowed: 0,
      });
    }
  }
  return report;
}

function headOf({ kind, layer }) {
  const taps = {
    pooler: "pooler",
    cls_hidden: "block",
    cls_attention_layernorm: "attention-norm",
    cls_ffn_output: "feed-forward",
  };
  return { tap: taps[kind], layer, pooling: "cls" };
}

function compareGradients(report, way, config, found, expected, headName) {
  const names = weightNames(config);
  for (const [ours, { huggingFace, transposedInHuggingFace }] of names) {
    const theirs = [`${headName}/albert.${huggingFace}`, `${headName}/${huggingFace}`].find((key) =>
      expected.has(key),
    );
    if (theirs === undefined) continue;
    const { shape, values } = expected.get(theirs);
    // A weight that the head does not reach is not held at all: its gradient is nothing.
    const own = found.get(ours)?.values ?? new Float32Array(values.length);
    const turned = transposedInHuggingFace ? transpose(values, shape) : values;
    compare(report, `${way}: gradient of ${ours}`, own, turned, GRADIENT);
  }
}

async function compareTrace(report, expected, examples, load, engine) {
  const { training } = expected;
  const { config, weights } = await load(headOf(expected.heads[training.head_index]));
  const points = Object.entries(training.schedule).map(([step, multiplier]) => [
    Number(step),
    multiplier,
  ]);
  const schedule = { type: "piecewise", points };
  const plan = { rate: training.lr, schedule, steps: training.steps };
  const trace = await trainingTrace(config, weights, examples, plan, { engine });
  compare(
    report,
    "training losses",
    trace.losses,
    training.losses_before_each_step_and_after_last,
    LOSS,
  );
  const kernel = trace.weights.get("classifier.kernel");
  compare(
    report,
    "final classifier weight",
    transpose(kernel.values, kernel.shape),
    training.final_classifier_weight.flat(),
    LOSS,
  );
  compare(
    report,
    "final classifier bias",
    trace.weights.get("classifier.bias").values,
    training.final_classifier_bias,
    LOSS,
  );
  for (const [ours, { huggingFace }] of weightNames(config)) {
    const norm =
      training.final_parameter_l2_norms[`albert.${huggingFace}`] ??
      training.final_parameter_l2_norms[huggingFace];
    const own = trace.weights.get(ours);
    if (norm === undefined || own === undefined) continue;
    compare(report, `final norm of ${ours}`, [Math.hypot(...own.values)], [norm], NORM);
  }
}
