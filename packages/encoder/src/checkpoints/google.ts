import { join } from "node:path";
import { EncoderError } from "../errors.js";
import type { StoredTensor } from "./safetensors.js";
import type { FolderFormat, ReadFile } from "./stored-weights.js";
import { readBundleIndex, readBundleTensor } from "./tensorflow-bundle.js";
import { isIgnoredTensor } from "./weight-names.js";

/** albert_config.json or bert_config.json, one TensorFlow checkpoint (*.index, *.data-*), vocab*.txt. */
export const GOOGLE: FolderFormat = {
  flavour: "google",
  configFiles: ["albert_config.json", "bert_config.json"],
  readTensors: readBundle,
  naming: () => (_, theirs) => (theirs ? [theirs.google] : []),
  isTransposed: ({ transposedInGoogle }) => transposedInGoogle,
};

async function readBundle(
  folder: string,
  files: readonly string[],
  readFile: ReadFile,
): Promise<Map<string, StoredTensor>> {
  const indexFiles = files.filter((file) => file.endsWith(".index")).sort();
  if (indexFiles.length !== 1) {
    throw new EncoderError(
      "unsupported-checkpoint",
      `${folder} holds ${indexFiles.length} checkpoints (${indexFiles.join(", ")}); keep one.`,
    );
  }
  const prefix = indexFiles[0]!.slice(0, -".index".length);
  const index = readBundleIndex(await readFile(join(folder, indexFiles[0]!)));
  const shards = await Promise.all(
    Array.from({ length: index.shards }, async (_, shard) => {
      const five = (n: number) => String(n).padStart(5, "0");
      const file = `${prefix}.data-${five(shard)}-of-${five(index.shards)}`;
      if (!files.includes(file))
        throw new EncoderError("bad-checkpoint", `${folder} lacks ${file}.`);
      return readFile(join(folder, file));
    }),
  );
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of index.entries) {
    if (isIgnoredTensor(name)) continue;
    const { shape } = entry;
    tensors.set(name, {
      shape,
      get values() {
        return readBundleTensor(name, entry, shards[entry.shard]!).values;
      },
    });
  }
  return tensors;
}
