import { openStore, StaleClaimError } from "@winnow/store";
import { asAppError } from "../tasks/errors.js";
import { EXIT } from "../trainer/exit-codes.js";
import { type ChildMessage, readStart, type StartMessage } from "../trainer/messages.js";

const ALIVE_EVERY_MS = 1_000;
/** How long a step and its checkpoint may take once the process is asked to end. */
const LAST_CHECKPOINT_MS = 5_000;

let phase = "preparing";
let stopping = false;
process.on("SIGTERM", () => {
  // A commit under way is let through: it ends in a moment, and the fold need not be trained again.
  if (phase === "writing") return;
  // Nothing of these is saved that another process could go on from.
  if (phase === "preparing" || phase === "pretraining") stop();
  stopping = true;
  setTimeout(stop, LAST_CHECKPOINT_MS);
});

// Ctrl-C reaches the whole group; whether this process ends is the supervisor's to say.
process.on("SIGINT", () => {});

process.once("message", (message) => {
  void work(readStart(message));
});
tell({ type: "ready" });
setInterval(() => tell({ type: "alive" }), ALIVE_EVERY_MS);

async function work(message: StartMessage): Promise<void> {
  const { claim, databaseUrl, storageDir, modelsDir, checkpointPlace, checkpointIntervalMs } =
    message;
  const store = openStore({
    databaseUrl,
    applicationName: `winnow-trainer ${claim.taskId}`,
    maxConnections: 2,
    // The query under way fails, the next one opens another connection.
    onError: () => {},
  });
  try {
    // Loaded only now, so that a supervisor's death during the long load is heard of.
    const { runFold } = await import("./run-fold.js");
    await runFold(claim, {
      store,
      storageDir,
      checkpointPlace,
      modelsDir,
      checkpointIntervalMs,
      tell: (said) => {
        if (said.type === "progress") phase = said.phase;
        tell(said);
      },
      stopping: () => stopping,
      onStopped: stop,
    });
    end({ type: "done" }, EXIT.done);
  } catch (error) {
    if (error instanceof StaleClaimError) return end({ type: "stale" }, EXIT.done);
    const { code, message: detail } = asAppError(error, claim.kind);
    const stack = String(error instanceof Error ? (error.stack ?? error) : error);
    end({ type: "failed", code, detail, stack }, EXIT.failed);
  }
}

function stop(): never {
  process.exit(EXIT.stopped);
}

/** The last word: the process ends once it is on its way. */
function end(message: ChildMessage, exitCode: number): void {
  process.send?.(message, () => process.exit(exitCode));
}

function tell(message: ChildMessage): void {
  process.send?.(message);
}
