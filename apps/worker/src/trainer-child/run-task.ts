import { COMPARISON_TASK, FINDINGS_TASK } from "@winnow/contracts";
import { folderPath, makeFolder } from "@winnow/storage";
import type { StartMessage } from "../trainer/messages.js";
import type { FoldDeps } from "./fold/fold-deps.js";

/** What of this process a task of any model uses. */
export interface TaskDeps extends Omit<FoldDeps, "backend"> {
  readonly backend: FoldDeps["backend"] | null;
  /** null: no endpoint can be asked for vectors. */
  readonly embeddings: StartMessage["embeddings"];
}

/**
 * Runs the training of a task kind. It is loaded only now: during the long load this process must
 * notice the supervisor's death, and only the network's training loads TensorFlow.
 */
export async function runTask(claim: StartMessage["claim"], deps: TaskDeps): Promise<void> {
  const { taskKind, fold, shard } = claim;
  // For what does not fit into memory; a new installation has no such folder.
  await makeFolder(folderPath(deps.storageDir, "tokens"));
  if (taskKind === "quick-folds") {
    const { runQuickFolds } = await import("./cpu/quick-folds.js");
    return runQuickFolds(claim, deps);
  }
  if (taskKind === "second-round") {
    const { runSecondRound } = await import("./cpu/second-round.js");
    return runSecondRound(claim, deps);
  }
  if (taskKind === COMPARISON_TASK) {
    const { runComparison } = await import("./cpu/comparison.js");
    return runComparison(claim, deps);
  }
  if (taskKind === FINDINGS_TASK) {
    const { runFindings } = await import("./cpu/findings.js");
    return runFindings(claim, deps);
  }
  if (taskKind === "flag-evidence") {
    const { runFlagEvidence } = await import("./cpu/flag-evidence.js");
    return runFlagEvidence(claim, deps);
  }
  if (taskKind === "encode-rows") {
    if (shard === null) throw new Error(`the task ${claim.taskId} names no shard`);
    const { encodeRows } = await import("./vectors/encode-rows.js");
    return encodeRows({ ...claim, shard }, { ...deps, backend: backendOf(claim, deps) });
  }
  if (fold === null) throw new Error(`the task ${claim.taskId} names no fold`);
  if (taskKind === "linear-fold") {
    const { runLinearFold } = await import("./cpu/linear-fold.js");
    return runLinearFold({ ...claim, fold }, deps);
  }
  const { runFold } = await import("./fold/run-fold.js");
  return runFold({ ...claim, fold }, { ...deps, backend: backendOf(claim, deps) });
}

function backendOf({ taskId }: StartMessage["claim"], { backend }: TaskDeps) {
  if (backend === null) throw new Error(`the task ${taskId} names no backend`);
  return backend;
}
