import { EMBEDDINGS_CODES, type ErrorCode, TRAINING_CODES } from "@winnow/contracts";
import type { EmbeddingsErrorCode } from "@winnow/embeddings";
import type { EncoderErrorCode } from "@winnow/encoder";
import type { LinearErrorCode } from "@winnow/linear";
import { openStore, StaleClaimError } from "@winnow/store";
import { asAppError } from "../tasks/errors.js";
import { deviceFailure } from "../trainer/device-failure.js";
import { EXIT } from "../trainer/exit-codes.js";
import { type ChildMessage, readStart, type StartMessage } from "../trainer/messages.js";
import { runTask } from "./run-task.js";
import { withStages } from "./stages.js";

// An error code of encoder, linear or embeddings without an entry does not compile.
EMBEDDINGS_CODES satisfies Record<EmbeddingsErrorCode, ErrorCode>;
TRAINING_CODES satisfies Record<EncoderErrorCode | LinearErrorCode, ErrorCode>;

const ALIVE_EVERY_MS = 1_000;
/** How long a step and its checkpoint may take once the process is asked to end. */
const LAST_CHECKPOINT_MS = 5_000;

const STATELESS: ReadonlySet<string> = new Set(["preparing", "encoding", "pretraining", "fitting"]);

let phase = "preparing";
let stopping = false;
process.on("SIGTERM", () => {
  // The commit ends in a moment; without it the fold would be trained again.
  if (phase === "writing") return;
  // These phases save no state that another process could resume from, or have saved it.
  if (STATELESS.has(phase)) stop();
  stopping = true;
  setTimeout(stop, LAST_CHECKPOINT_MS);
});

// Ctrl-C reaches the whole process group, but only the supervisor ends this process.
process.on("SIGINT", () => {});

process.once("message", (message) => {
  void work(readStart(message));
});
send({ type: "ready" });
setInterval(() => send({ type: "alive" }), ALIVE_EVERY_MS);

async function work(message: StartMessage): Promise<void> {
  const { claim, databaseUrl, directDatabaseUrl, traced, ...settings } = message;
  const tell = traced ? withStages(send) : send;
  const store = openStore({
    databaseUrl,
    directDatabaseUrl,
    applicationName: `winnow-trainer ${claim.taskId}`,
    maxConnections: 2,
    // The running query fails anyway, and the next one opens another connection.
    onError: () => {},
  });
  try {
    await runTask(claim, {
      store,
      ...settings,
      send: (sent) => {
        if (sent.type === "progress") phase = sent.phase;
        tell(sent);
      },
      stopping: () => stopping,
      onStopped: stop,
    });
    end({ type: "done" }, EXIT.done);
  } catch (error) {
    if (error instanceof StaleClaimError) return end({ type: "stale" }, EXIT.done);
    const { code, message: detail } =
      (settings.backend && deviceFailure(error, settings.backend)) ?? asAppError(error, claim.kind);
    const stack = String(error instanceof Error ? (error.stack ?? error) : error);
    end({ type: "failed", code, detail, stack }, EXIT.failed);
  }
}

function stop(): never {
  process.exit(EXIT.stopped);
}

/** Sends the final message, then ends the process. */
function end(message: ChildMessage, exitCode: number): void {
  process.send?.(message, () => process.exit(exitCode));
}

function send(message: ChildMessage): void {
  process.send?.(message);
}
