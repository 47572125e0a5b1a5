import { EncoderError } from "../../errors.js";
import type { EncoderConfig } from "../../model/config.js";
import type { TokenTable } from "../../text/tokenizer.js";
import type { SoftTargets } from "../steps/targets.js";

/** What a fold is trained on. */
export interface TrainingData {
  readonly config: EncoderConfig;
  readonly vocabularySize: number;
  readonly classes: number;
  readonly tokens: TokenTable;
  readonly labels: Int32Array;
  readonly softTargets?: SoftTargets;
  readonly trainIndices: Int32Array;
  readonly testIndices: Int32Array;
}

/** Throws `bad-training-data` that names the first inconsistency. */
export function checkData(options: TrainingData): void {
  const { tokens, labels, classes, trainIndices, testIndices, vocabularySize, config } = options;
  const texts = tokens.offsets.length - 1;
  const fail = (what: string): never => {
    throw new EncoderError("bad-training-data", `${what}.`);
  };
  if (labels.length !== texts) fail(`${labels.length} labels for ${texts} texts`);
  if (classes < 2) fail(`${classes} classes; a classifier needs at least 2`);
  if (trainIndices.length === 0 || testIndices.length === 0) {
    fail(
      `${trainIndices.length} training and ${testIndices.length} held-out rows; both need at least 1`,
    );
  }
  for (const rows of [trainIndices, testIndices]) {
    const outside = rows.find((row) => row < 0 || row >= texts);
    if (outside !== undefined) fail(`Row ${outside} is not one of the ${texts} texts`);
  }
  const strange = labels.findIndex((label) => label < 0 || label >= classes);
  if (strange >= 0)
    fail(`Label ${labels[strange]} of text ${strange} is not one of 0..${classes - 1}`);
  const soft = options.softTargets;
  if (soft && soft.offsets.length !== texts + 1) {
    fail(`Soft targets for ${soft.offsets.length - 1} of ${texts} texts`);
  }
  if (soft?.classes.some((label) => label < 0 || label >= classes)) {
    fail(`A soft target's class is not one of 0..${classes - 1}`);
  }
  if (tokens.ids.some((id: number) => id < 0 || id >= vocabularySize)) {
    fail(`A token id is outside the vocabulary of ${vocabularySize}`);
  }
  for (let text = 0; text < texts; text++) {
    const pieces = tokens.offsets[text + 1]! - tokens.offsets[text]!;
    if (pieces < 1 || pieces > config.maxPositions) {
      fail(`Text ${text} has ${pieces} pieces; the model takes 1 to ${config.maxPositions}`);
    }
  }
}
