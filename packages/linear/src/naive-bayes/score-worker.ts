// The thread of a ScoreThreads: scores the rows that it is sent, by tables that all threads share.
import { parentPort, workerData } from "node:worker_threads";
import { type ScoreBlock, type ScoreTables, scoreBlock } from "./scores.js";

parentPort?.on("message", ({ slot, block }: { slot: number; block: ScoreBlock }) => {
  scoreBlock(workerData as ScoreTables, block);
  parentPort?.postMessage(slot);
});
