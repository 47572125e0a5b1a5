// The thread of `solveFolds`: writes the models of the folds that it is sent to memory that all share.
import { parentPort, workerData } from "node:worker_threads";
import { type FoldModels, solveFold } from "./fold-models.js";

parentPort?.on("message", (fold: number) => {
  solveFold(workerData as FoldModels, fold);
  parentPort?.postMessage("done");
});
