import type { OwnWarning, TokenTraining } from "@winnow/contracts";
import { READER_LIMITS, Readers } from "@winnow/reader";
import type { Store } from "@winnow/store";
import { openStorage } from "../../files/storage.js";
import type { ChildMessage } from "../../trainer/messages.js";
import type { FoldInputs } from "./fold-inputs.js";
import { type RunTargets, readSoftTargets } from "./soft-targets.js";

/** The soft targets that a run was asked to learn from; null: the given labels. */
export async function readRunTargets(
  crossValidationId: string,
  { datasetId, training }: TokenTraining,
  { labels, classCount: k }: Pick<FoldInputs, "labels" | "classCount">,
  deps: { readonly store: Store; readonly storageDir: string; send(message: ChildMessage): void },
): Promise<RunTargets | null> {
  const source = training.softTargets;
  if (!source) return null;
  const run = { datasetId, crossValidationId, labels: await labels(), k };
  const storage = openStorage(deps.storageDir, null, null);
  const warn = ({ code, message }: OwnWarning) =>
    deps.send({ type: "warning", message: `soft targets: ${code}: ${message}` });
  const readers = new Readers(READER_LIMITS);
  try {
    return await readSoftTargets(source, run, { store: deps.store, storage, readers, warn });
  } finally {
    readers.close();
  }
}
