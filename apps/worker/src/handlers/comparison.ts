import type { Handler } from "../tasks/handler.js";
import type { TrainerSettings } from "../trainer/run-trainer.js";
import { trainOnCpu } from "./cpu-training.js";

/** Compares versions of a dataset in a new child process, which writes the result itself. */
export const comparison = (settings: TrainerSettings): Handler => trainOnCpu(settings);
