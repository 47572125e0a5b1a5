import { EncoderError } from "../../errors.js";
import type { EncoderConfig } from "../../model/config.js";
import type { RowShard, WholeFold } from "./fold-rows.js";

/** What a fold is trained on. */
export interface TrainingData extends WholeFold {
  readonly config: EncoderConfig;
  readonly vocabularySize: number;
}

/** Throws `bad-training-data` that names the first inconsistency. */
export function checkData(options: TrainingData): void {
  const { trainIndices, testIndices } = options;
  if (options.classes < 2) fail(`${options.classes} classes; a classifier needs at least 2`);
  if (trainIndices.length === 0 || testIndices.length === 0) {
    fail(
      `${trainIndices.length} training and ${testIndices.length} held-out rows; both need at least 1`,
    );
  }
  checkShard(options, options);
}

/** Throws `bad-training-data` that names the first inconsistency of a shard. */
export function checkShard(
  { tokens, labels, softTargets, trainIndices, testIndices }: Omit<RowShard, "testPlaces">,
  { classes, vocabularySize, config }: Pick<TrainingData, "classes" | "vocabularySize" | "config">,
): void {
  const texts = tokens.offsets.length - 1;
  if (labels.length !== texts) fail(`${labels.length} labels for ${texts} texts`);
  for (const rows of [trainIndices, testIndices]) {
    const outside = rows.find((row) => row < 0 || row >= texts);
    if (outside !== undefined) fail(`Row ${outside} is not one of the ${texts} texts`);
  }
  const strange = labels.findIndex((label) => label < 0 || label >= classes);
  if (strange >= 0)
    fail(`Label ${labels[strange]} of text ${strange} is not one of 0..${classes - 1}`);
  if (softTargets && softTargets.offsets.length !== texts + 1) {
    fail(`Soft targets for ${softTargets.offsets.length - 1} of ${texts} texts`);
  }
  if (softTargets?.classes.some((label) => label < 0 || label >= classes)) {
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

function fail(what: string): never {
  throw new EncoderError("bad-training-data", `${what}.`);
}
