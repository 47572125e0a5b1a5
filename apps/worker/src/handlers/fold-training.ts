import { openCheckpointStore } from "../checkpoints/open-checkpoint-store.js";
import type { Handler } from "../tasks/handler.js";
import { Stop } from "../tasks/stop.js";
import { runOnDevice, type Trainer } from "./on-device.js";

/** Trains a fold. Its saved states go when it is done or cancelled: after any other end an attempt resumes. */
export const trainFold = (trainer: Trainer): Handler => {
  const train = runOnDevice(trainer);
  return async (claim, deps) => {
    // A failure does not delay the task's end: the retention sweeps what remains.
    const removeStates = async () => {
      const checkpointStore = await openCheckpointStore(trainer.checkpointPlace, claim.taskId, 0);
      await checkpointStore.clear();
    };
    try {
      await train(claim, deps);
      await removeStates().catch(() => {});
    } catch (error) {
      if (error instanceof Stop && error.why === "cancelled") await removeStates().catch(() => {});
      throw error;
    }
  };
};
