import { planExperiment } from "@winnow/store";
import type { Handler } from "../tasks/handler.js";

/** Plans an experiment. Its runs are jobs of their own, which the orchestrator queues. */
export const experiment: Handler = (claim, { store }) => planExperiment(store, claim);
