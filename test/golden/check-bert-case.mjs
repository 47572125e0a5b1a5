// Holds one golden case of BERT against the built package: hidden states, every head's logits, loss
// and gradients. Used by the tests and by `npm run golden`.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  encoderActivations,
  encodeTexts,
  lossAndGradients,
  openSentenceEncoder,
  readCheckpoint,
  readSafetensors,
  weightNames,
} from "@winnow/encoder";
import { compare, compareValid, createReport, transpose } from "./compare.mjs";

const ACTIVATION = { absolute: 1e-5, relative: 0 };
/** Of a tensor's largest entry. */
const GRADIENT = 1e-5;
/** Vectors of a whole model of six blocks. */
const VECTOR = { absolute: 1e-4, relative: 0 };
/** A key's bias has no gradient but rounding. */
const KEY_BIAS = { absolute: 1e-6, relative: 0 };

export async function checkBertCase(folder, format, engine) {
  const report = createReport();
  const expected = JSON.parse(await readFile(join(folder, "expected.json"), "utf8"));
  const json = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
  const activation = { gelu: "gelu", gelu_new: "gelu-tanh" }[json.hidden_act];
  // A bundle holds the encoder alone: its classifier comes from the safetensors file.
  const classifier = (await readCheckpoint(folder, { format: "safetensors" })).weights;
  const load = async (head) => {
    const { config, weights } = await readCheckpoint(folder, { format, activation, head });
    for (const name of ["classifier.kernel", "classifier.bias"]) {
      if (!weights.has(name)) weights.set(name, classifier.get(name));
    }
    return { config, weights };
  };
  const { input_ids: ids, attention_mask: mask, labels, ...rest } = expected.inputs;
  const examples = { ids, mask, segments: rest.token_type_ids, labels };

  const last = await load({ tap: "last", pooling: "cls" });
  const found = await encoderActivations(last.config, last.weights, examples, { engine });
  for (const [i, rows] of expected.activations.hidden_states.entries()) {
    compareValid(report, `hidden_states[${i}]`, found.hidden[i], rows, mask, ACTIVATION);
  }

  const gradients = readSafetensors(await readFile(join(folder, "gradients.safetensors"))).tensors;
  for (const { name, kind, layer, logits, loss } of expected.heads) {
    const tap = { pooler: "pooler", cls_hidden: "block" }[kind];
    const { config, weights } = await load({ tap, layer, pooling: "cls" });
    for (const everyRow of [false, true]) {
      const way = everyRow ? `${name}, every row` : name;
      const result = await lossAndGradients(config, weights, examples, { engine, everyRow });
      compare(report, `${way}: logits`, result.logits, logits.flat(), ACTIVATION);
      compare(report, `${way}: loss`, [result.loss], [loss], ACTIVATION);
      compareGradients(report, way, config, result.gradients, gradients, name);
    }
  }
  return report;
}

function compareGradients(report, way, config, found, expected, head) {
  let compared = 0;
  for (const [ours, { huggingFace, transposedInHuggingFace }] of weightNames(config)) {
    const theirs = [`${head}/bert.${huggingFace}`, `${head}/${huggingFace}`].find((key) =>
      expected.has(key),
    );
    if (theirs === undefined) continue;
    compared++;
    const { shape, values } = expected.get(theirs);
    // A weight that the head does not reach is not held at all: its gradient is nothing.
    const own = found.get(ours)?.values ?? new Float32Array(values.length);
    const turned = transposedInHuggingFace ? transpose(values, shape) : values;
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const allowed = ours.endsWith(".key.bias")
      ? KEY_BIAS
      : { absolute: Math.max(GRADIENT * largest, Number.MIN_VALUE), relative: 0 };
    compare(report, `${way}: gradient of ${ours}`, own, turned, allowed);
  }
  if (compared < found.size) {
    const what = `${way}: ${compared} gradients are recorded for ${found.size} weights`;
    report.differences.push({ what, largest: found.size - compared, allowed: 0 });
  }
}

/** The recorded sentences through the real weights in `model`. */
export async function checkSentences(folder, model) {
  const report = createReport();
  const packed = await readFile(join(folder, "expected.json.gz"));
  const { maxLength, weightsSha256, sentences } = JSON.parse(gunzipSync(packed).toString());
  const weights = createHash("sha256").update(await readFile(join(model, "model.safetensors")));
  if (weights.digest("hex") !== weightsSha256) {
    throw new Error(`${model} holds other weights than those that were recorded.`);
  }
  for (const pooling of ["mean", "cls"]) {
    const encoder = await openSentenceEncoder(model, { pooling, maxLength });
    const found = [];
    for await (const { vectors } of encodeTexts(
      encoder,
      sentences.map(({ text }) => text),
    )) {
      found.push(...vectors);
    }
    for (const [i, sentence] of sentences.entries()) {
      const ids = encoder.tokenizer.encode(sentence.text);
      compare(report, `sentence ${i}: ids`, ids, sentence.ids, { absolute: 0.5, relative: 0 });
      const vector = found.slice(i * encoder.width, (i + 1) * encoder.width);
      compare(report, `sentence ${i}: ${pooling}`, vector, sentence[pooling], VECTOR);
    }
    encoder.dispose();
  }
  await compareNorms(report, model, maxLength, sentences);
  return report;
}

/** The Frobenius norm of each hidden state, so that a wrong block is named. */
async function compareNorms(report, model, maxLength, sentences) {
  const head = { tap: "last", pooling: "cls" };
  const { config, weights, tokenizer } = await readCheckpoint(model, { head, maxLength });
  weights.set("classifier.kernel", {
    shape: [config.hiddenSize, 1],
    values: new Float32Array(config.hiddenSize),
  });
  weights.set("classifier.bias", { shape: [1], values: new Float32Array(1) });
  for (const [i, { text, hiddenNorms }] of sentences.entries()) {
    const ids = [[...tokenizer(maxLength).encode(text)]];
    const [mask, segments] = [
      ids.map((row) => row.map(() => 1)),
      ids.map((row) => row.map(() => 0)),
    ];
    const { hidden } = await encoderActivations(config, weights, {
      ids,
      mask,
      segments,
      labels: [0],
    });
    for (const [block, norm] of hiddenNorms.entries()) {
      const own = Math.hypot(...hidden[block]);
      compare(report, `sentence ${i}: norm of block ${block}`, [own], [norm], {
        absolute: 0,
        relative: 1e-5,
      });
    }
  }
}
