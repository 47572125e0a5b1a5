import { advanceExperiments, deleteDerived, type Store } from "@winnow/store";
import type { Logger } from "pino";
import { type Repeated, repeat } from "./repeat.js";

const POLL_MS = 1_000;

/** Takes experiments on from job to job, and deletes what they no longer need. */
export const startExperiments = (store: Store, log: Logger): Repeated =>
  repeat(
    async () => {
      await advanceExperiments(store);
      await deleteDerived(store);
    },
    POLL_MS,
    (error) => log.warn({ err: error }, "advancing experiments failed; it is retried"),
  );
