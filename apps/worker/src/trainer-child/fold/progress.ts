import type { PretrainOptions, TrainFoldOptions } from "@winnow/encoder";
import type { Send } from "./fold-deps.js";

const INTERVAL_MS = 1_000;

/** Sends a training's progress once a second; the rate counts this process's samples only. */
export function trainingProgress(send: Send): NonNullable<TrainFoldOptions["onProgress"]> {
  let first: { samples: number; at: number; step: number } | undefined;
  let next = 0;
  return ({ step, steps, epoch, loss, samples }) => {
    const now = performance.now();
    if (!first) {
      first = { samples, at: now, step };
      if (step > 1) send({ type: "note", message: "resumed", data: { step: step - 1, steps } });
    }
    if (now < next) return;
    next = now + INTERVAL_MS;
    const rate = (samples - first.samples) / ((now - first.at) / 1000);
    const metrics = { epoch, loss, ...(rate > 0 && { samplesPerSecond: Math.round(rate) }) };
    send({ type: "progress", phase: "training", step, steps, metrics });
  };
}

/** Sends a pretraining's progress once a second. */
export function pretrainingProgress(send: Send): NonNullable<PretrainOptions["onProgress"]> {
  let next = 0;
  return (progress) => {
    if (performance.now() < next) return;
    next = performance.now() + INTERVAL_MS;
    const { step: pretrainingStep, steps: pretrainingSteps, epoch, loss } = progress;
    const metrics = { pretrainingStep, pretrainingSteps, epoch, loss };
    send({ type: "progress", phase: "pretraining", metrics });
  };
}
