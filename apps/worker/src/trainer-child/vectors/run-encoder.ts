import { utimes } from "node:fs/promises";
import type { EncoderSource } from "@winnow/contracts";
import {
  encoderFolder,
  openSentenceEncoder,
  type SentenceEncoder,
  selectBackend,
  VectorCache,
} from "@winnow/encoder";
import { folderPath, makeFolder } from "@winnow/storage";
import { modelFile, modelFolder } from "../../files/storage.js";
import type { BackendName } from "../../trainer/backends.js";
import { importBackendPackage } from "../backends/backend-packages.js";
import { withoutFolder } from "../inputs/without-folder.js";

/** What of a worker an encoder uses. */
export interface EncoderDeps {
  /** Absolute. */
  readonly storageDir: string;
  /** Absolute; null: there are no encoders. */
  readonly modelsDir: string | null;
  /** What to compute on; null: what this machine has. */
  readonly backend: BackendName | null;
}

/** The encoder of a run, and where the vectors of all encoders lie. */
export interface RunEncoder {
  readonly encoder: SentenceEncoder;
  readonly cacheFolder: string;
  /** Where its own lie. */
  readonly folder: string;
  /** Of this encoder's texts. The caller closes it. */
  openCache(): Promise<VectorCache>;
}

/**
 * Opens the encoder that a run names, and marks its vectors as used. Nothing is computed yet, nor is a
 * backend chosen. Throws `source-not-allowed`, and what `openSentenceEncoder` throws.
 */
export async function openRunEncoder(
  { checkpoint, pooling, maxLength, static: isStatic }: EncoderSource,
  { storageDir, modelsDir, backend }: EncoderDeps,
): Promise<RunEncoder> {
  const pointer = "/model/encoder/checkpoint/path";
  const folder = await modelFolder(modelsDir, checkpoint.path, pointer);
  const encoder = await openSentenceEncoder(folder, {
    ...{ pooling, maxLength, format: checkpoint.format },
    readFile: (path) => modelFile(modelsDir, path, pointer),
    selectBackend: () => selectBackend(backend ?? "auto", importBackendPackage),
  }).catch((error: unknown) => {
    throw withoutFolder(error, folder, checkpoint.path);
  });
  const cacheFolder = folderPath(storageDir, "encoded");
  const own = encoderFolder(cacheFolder, encoder, { isStatic });
  await makeFolder(cacheFolder);
  await makeFolder(own);
  // Vectors are swept by the time of their encoder's last use.
  await utimes(own, new Date(), new Date());
  const openCache = () => VectorCache.open(own, encoder.width);
  return { encoder, cacheFolder, folder: own, openCache };
}
