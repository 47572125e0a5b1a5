import type { Handler, HandlerDeps } from "../handler.js";
import type { ChildMessage } from "../trainer/messages.js";
import { runTrainer } from "../trainer/process.js";

/** Trains a fold in a fresh child, which writes the result itself; this side only watches over it. */
export const trainFold: Handler = async (claim, deps) => {
  const { databaseUrl, devices, killAfterMs } = deps.trainer;
  const device = devices.lease();
  try {
    await runTrainer(claim, {
      databaseUrl,
      env: device.env,
      killAfterMs,
      signal: deps.signal,
      log: deps.log,
      onMessage: (message) => passOn(message, deps),
    });
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
  }
}
