import { AppError, FoldTrainingParams } from "@winnow/contracts";
import type { Claim } from "@winnow/store";
import type { Handler, HandlerDeps } from "../tasks/handler.js";
import { HandBack, pauseAfter } from "../tasks/stop.js";
import type { TrainerBackends } from "../trainer/backends.js";
import type { Breaker } from "../trainer/breaker.js";
import type { Devices } from "../trainer/devices.js";
import { GPU_ENVIRONMENT } from "../trainer/gpu-environment.js";
import type { ChildMessage } from "../trainer/messages.js";
import { runTrainer, type TrainerSettings } from "../trainer/run-trainer.js";

/** What a task that computes on a backend needs beside itself. */
export interface Trainer extends TrainerSettings {
  readonly devices: Devices;
  readonly backends: TrainerBackends;
  /** Records how each child ended. */
  readonly breaker: Pick<Breaker, "note">;
}

/** Runs a task on the backend and a device in a new child process, which writes the result itself. */
export const runOnDevice =
  (options: Trainer): Handler =>
  async (claim, deps) => {
    const { devices, backends, breaker, ...trainer } = options;
    const wanted = FoldTrainingParams.parse(claim.params).backend;
    const backend = await backends.choose(wanted);
    if (backend === null) throw leave(claim, deps, wanted, `This worker has no ${wanted}.`);
    const startedAt = performance.now();
    const device = devices.lease();
    try {
      await runTrainer(claim, {
        ...trainer,
        backend,
        env: {
          ...(backend === "tfjs-node-gpu" && GPU_ENVIRONMENT),
          ...trainer.env,
          ...device.env,
        },
        signal: deps.signal,
        log: deps.log,
        span: deps.span,
        onMessage: (message) => forward(message, deps),
      });
      breaker.note(null);
    } catch (error) {
      if (error instanceof AppError && error.code === "task-crashed") {
        breaker.note({ afterMs: performance.now() - startedAt });
      }
      // It started when the worker did: the card is gone. Training on the CPU instead would take days.
      if (error instanceof AppError && error.code === "backend-unavailable") {
        breaker.note({ afterMs: performance.now() - startedAt });
        throw leave(claim, deps, backend, error.message);
      }
      throw error;
    } finally {
      device.release();
    }
  };

/** Hands the task back for a worker that has the backend, and says so in the job's events. */
function leave({ attempt }: Claim, deps: HandlerDeps, backend: string, reason: string): HandBack {
  // At attempts 1, 2, 4, 8, ...: a job that waits for days does not fill its events.
  if ((attempt & (attempt - 1)) === 0) {
    deps.event("log", { message: "waiting for a worker with the backend", backend, reason });
  }
  return new HandBack(reason, pauseAfter(attempt));
}

/** Passes on what a training's child reports. */
export function forward(message: ChildMessage, deps: HandlerDeps): void {
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
