import {
  AppError,
  type EncodedVectors,
  type EncoderSource,
  type FoldTrainingParams,
  TRAINING_CODES,
} from "@winnow/contracts";
import { EncoderError, encodingBytes, readCheckpointConfig } from "@winnow/encoder/estimate";
import { LinearError, QUICK_FOLDS, requireGaussianRoom } from "@winnow/linear";
import { openBelow, realPathBelow } from "@winnow/storage";
import { type Store, secondsPerEncodedText } from "@winnow/store";
import { assertCheckpointAllowed } from "../access/source-allowed.js";
import { RECENT, times } from "./estimate.js";
import type { JobSettings } from "./job-post.js";

type ModelsDir = Pick<JobSettings, "modelsDir">;
type VectorSettings = Pick<JobSettings, "modelsDir" | "embeddingsUrl">;

/**
 * Throws unless the folders that a training names may be read, and its encoder can be by its
 * configuration, and there is an endpoint for one that asks it: `source-not-allowed`,
 * `checkpoint-refused`, `invalid-parameters`, `endpoint-refused`.
 */
export async function assertTrainingAllowed(
  { model }: Pick<FoldTrainingParams, "model">,
  settings: VectorSettings,
): Promise<void> {
  await assertCheckpointAllowed({ model }, settings.modelsDir);
  if (model.encoder) await encoderConfig(model.encoder, settings);
  if (!model.embeddingsEndpoint || settings.embeddingsUrl !== undefined) return;
  const detail = "There is no embeddings endpoint; set EMBEDDINGS_URL of the API and the workers";
  const errors = [{ pointer: "/model/embeddingsEndpoint", detail }];
  throw new AppError("endpoint-refused", `${detail}.`, { errors });
}

/** What an encoder or an endpoint takes for the vectors of a dataset's texts. */
export interface EncodingEstimate {
  /** Of a vector; null: only the endpoint knows. */
  readonly columns: number | null;
  /** At most: texts, or entries of the vocabulary. */
  readonly steps: number;
  /** null until it has run here. */
  readonly seconds: number | null;
  readonly peakMemoryBytes: number | null;
  /** Of the cache. */
  readonly storageBytes: number | null;
}

interface Size {
  readonly rows: number;
  readonly classes: number;
}

/**
 * Upper limits, as if nothing were in the cache; null where no task makes the vectors. Throws what
 * `assertTrainingAllowed` throws, and `invalid-parameters` for more columns than fit into memory.
 */
export async function encodingEstimate(
  { encoder, embeddingsEndpoint }: EncodedVectors,
  size: Size,
  store: Store,
  settings: VectorSettings,
): Promise<EncodingEstimate | null> {
  if (encoder) return encoderEstimate(encoder, size, store, settings);
  if (!embeddingsEndpoint) return null;
  const pace = await secondsPerEncodedText(store, { embeddingsEndpoint }, RECENT);
  return {
    columns: null,
    steps: size.rows,
    seconds: times(size.rows, pace),
    peakMemoryBytes: null,
    storageBytes: null,
  };
}

async function encoderEstimate(
  encoder: EncoderSource,
  { rows, classes }: Size,
  store: Store,
  settings: ModelsDir,
): Promise<EncodingEstimate> {
  const { config, vocabularySize } = await encoderConfig(encoder, settings);
  const columns = config.hiddenSize;
  try {
    requireGaussianRoom({ rows, classes, columns, folds: Math.min(QUICK_FOLDS, rows) });
  } catch (error) {
    if (!(error instanceof LinearError)) throw error;
    throw new AppError("invalid-parameters", error.message, { cause: error });
  }
  const steps = encoder.static ? vocabularySize : rows;
  return {
    columns,
    steps,
    seconds: times(steps, await secondsPerEncodedText(store, { encoder }, RECENT)),
    peakMemoryBytes: encodingBytes(config, vocabularySize, steps),
    storageBytes: steps * (4 * columns + RECORD_BYTES),
  };
}

/** Key and check sum of a vector in the cache. */
const RECORD_BYTES = 20;

async function encoderConfig({ checkpoint, maxLength }: EncoderSource, { modelsDir }: ModelsDir) {
  const pointer = "/model/encoder/checkpoint/path";
  const found = modelsDir && (await realPathBelow(modelsDir, checkpoint.path));
  if (!found) {
    const errors = [{ pointer, detail: "Not a folder that can be read" }];
    throw new AppError("source-not-allowed", "The path is not a folder below MODELS_DIR.", {
      errors,
    });
  }
  try {
    const read = await readCheckpointConfig(found.path, {
      format: checkpoint.format,
      readFile: (path) => readBelow(modelsDir, path, pointer),
    });
    const { maxPositions } = read.config;
    if (maxLength === undefined || maxLength <= maxPositions) return read;
    const detail = `At most ${maxPositions}, the positions of ${checkpoint.path}`;
    throw new AppError("invalid-parameters", `/model/encoder/maxLength: ${detail}.`, {
      errors: [{ pointer: "/model/encoder/maxLength", detail }],
    });
  } catch (error) {
    if (!(error instanceof EncoderError)) throw error;
    // Callers must not learn where the models lie.
    const detail = error.message.replaceAll(found.path, checkpoint.path);
    throw new AppError(TRAINING_CODES[error.code], detail, {
      cause: error,
      errors: [{ pointer, detail }],
    });
  }
}

async function readBelow(modelsDir: string, path: string, pointer: string): Promise<Buffer> {
  const handle = await openBelow(modelsDir, path);
  if (handle === null) {
    const detail = "A file of the folder cannot be read, or is a link that leads out of MODELS_DIR";
    throw new AppError("source-not-allowed", `${detail}.`, { errors: [{ pointer, detail }] });
  }
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
