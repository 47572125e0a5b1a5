import type { Handler } from "../tasks/handler.js";
import { runTrainer, type TrainerSettings } from "../trainer/run-trainer.js";
import { forward } from "./on-device.js";

/** Trains a model that needs no network in a new child process, which writes the result itself. */
export const trainOnCpu =
  (settings: TrainerSettings): Handler =>
  (claim, deps) =>
    runTrainer(claim, {
      ...settings,
      backend: null,
      signal: deps.signal,
      log: deps.log,
      span: deps.span,
      onMessage: (message) => forward(message, deps),
    });
