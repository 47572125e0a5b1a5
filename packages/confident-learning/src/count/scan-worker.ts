// The thread of a ScanPool: scans the rows it is given and writes to the facts that all threads
// share.
import { parentPort, workerData } from "node:worker_threads";
import { ConfidentLearningError } from "../errors.js";
import { type ScanJob, Scanner } from "./scan-block.js";
import type { ScanReply, ScanRequest } from "./scan-pool.js";

const scanner = new Scanner(workerData as readonly ScanJob[]);

parentPort?.on("message", (request: ScanRequest) => {
  parentPort?.postMessage(answer(request));
});

function answer(request: ScanRequest): ScanReply {
  if (request === "totals") return { kind: "totals", totals: scanner.totals };
  try {
    scanner.scan(request);
    return { kind: "done" };
  } catch (error) {
    if (!(error instanceof ConfidentLearningError)) throw error;
    const { code, message, row = 0, class: klass = 0 } = error;
    return { kind: "fault", code, message, row, class: klass };
  }
}
