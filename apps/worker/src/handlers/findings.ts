import type { Handler } from "../tasks/handler.js";
import type { TrainerSettings } from "../trainer/run-trainer.js";
import { trainOnCpu } from "./cpu-training.js";

/** Looks for what else is wrong with a dataset in a new child process, which writes the result itself. */
export const findMore = (settings: TrainerSettings): Handler => trainOnCpu(settings);
