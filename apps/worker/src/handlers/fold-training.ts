import { AppError } from "@winnow/contracts";
import { openCheckpointStore } from "../checkpoints/open-checkpoint-store.js";
import type { Handler, HandlerDeps } from "../tasks/handler.js";
import { Stop } from "../tasks/stop.js";
import type { Breaker } from "../trainer/breaker.js";
import type { Devices } from "../trainer/devices.js";
import type { ChildMessage } from "../trainer/messages.js";
import { runTrainer, type TrainerSettings } from "../trainer/process.js";

/** What the training of folds needs beside a task. */
export interface Trainer extends TrainerSettings {
  readonly devices: Devices;
  /** Is told how each child ended. */
  readonly breaker: Pick<Breaker, "note">;
}

/** Trains a fold in a fresh child, which writes the result itself; this side only watches over it. */
export const trainFold =
  (options: Trainer): Handler =>
  async (claim, deps) => {
    const { devices, breaker, ...trainer } = options;
    const startedAt = performance.now();
    const device = devices.lease();
    // What cannot be taken away now is swept when it is old; the end of the task waits for nothing.
    const forget = async () => {
      const checkpointStore = await openCheckpointStore(trainer.checkpointPlace, claim.taskId, 0);
      await checkpointStore.clear();
    };
    try {
      await runTrainer(claim, {
        ...trainer,
        env: { ...trainer.env, ...device.env },
        signal: deps.signal,
        log: deps.log,
        onMessage: (message) => passOn(message, deps),
      });
      breaker.note(null);
      await forget().catch(() => {});
    } catch (error) {
      if (error instanceof AppError && error.code === "task-crashed") {
        breaker.note({ afterMs: performance.now() - startedAt });
      }
      // Nobody goes on from a cancelled fold; after any other end somebody may.
      if (error instanceof Stop && error.why === "cancelled") await forget().catch(() => {});
      throw error;
    } finally {
      device.release();
    }
  };

function passOn(message: ChildMessage, deps: HandlerDeps): void {
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
