// The thread of a ProductThreads: adds the products that it is sent to arrays that all share.
import { parentPort, workerData } from "node:worker_threads";
import { addList } from "./product-threads.js";

parentPort?.on("message", (list: Int32Array) => {
  addList(workerData as Float64Array[], list);
  parentPort?.postMessage("done");
});
