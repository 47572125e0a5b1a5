import { AppError } from "@winnow/contracts";
import { openCheckpointStore } from "../checkpoints/open-checkpoint-store.js";
import type { Handler, HandlerDeps } from "../tasks/handler.js";
import { Stop } from "../tasks/stop.js";
import type { Breaker } from "../trainer/breaker.js";
import type { Devices } from "../trainer/devices.js";
import type { ChildMessage } from "../trainer/messages.js";
import { runTrainer, type TrainerSettings } from "../trainer/run-trainer.js";

/** What the training of folds needs beside its task. */
export interface Trainer extends TrainerSettings {
  readonly devices: Devices;
  /** Records how each child ended. */
  readonly breaker: Pick<Breaker, "note">;
}

/** Trains a fold in a new child process, which writes the result itself. */
export const trainFold =
  (options: Trainer): Handler =>
  async (claim, deps) => {
    const { devices, breaker, ...trainer } = options;
    const startedAt = performance.now();
    const device = devices.lease();
    // A failure does not delay the task's end: the retention sweeps what remains.
    const removeStates = async () => {
      const checkpointStore = await openCheckpointStore(trainer.checkpointPlace, claim.taskId, 0);
      await checkpointStore.clear();
    };
    try {
      await runTrainer(claim, {
        ...trainer,
        env: { ...trainer.env, ...device.env },
        signal: deps.signal,
        log: deps.log,
        onMessage: (message) => forward(message, deps),
      });
      breaker.note(null);
      await removeStates().catch(() => {});
    } catch (error) {
      if (error instanceof AppError && error.code === "task-crashed") {
        breaker.note({ afterMs: performance.now() - startedAt });
      }
      // No attempt resumes a cancelled fold; after any other end one may.
      if (error instanceof Stop && error.why === "cancelled") await removeStates().catch(() => {});
      throw error;
    } finally {
      device.release();
    }
  };

function forward(message: ChildMessage, deps: HandlerDeps): void {
  if (message.type === "progress") {
    const { phase, step, steps, metrics } = message;
    deps.beat({
      phase,
      ...(step === undefined || steps === undefined ? {} : { step, steps }),
      ...(metrics === undefined ? {} : { metrics }),
    });
  } else if (message.type === "epoch") {
    const { type: _, ...metrics } = message;
    deps.event("metric", metrics);
  } else if (message.type === "backend") {
    deps.event("log", { message: "backend", ...message.backend });
  } else if (message.type === "note") {
    deps.event("log", { message: message.message, ...message.data });
  } else if (message.type === "warning") {
    deps.log.warn(message.message);
  }
}
