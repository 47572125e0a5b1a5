import { availableParallelism, loadavg } from "node:os";

/** Exits where other programs use this machine; with `busy` it only says so. */
export function refuseBusyMachine(busy: boolean): void {
  const load = loadavg()[0]!;
  const cores = availableParallelism();
  console.log(`load average ${load.toFixed(2)} on ${cores} cores`);
  if (load <= cores / 4) return;
  if (busy) {
    console.log("the machine is busy: no figure of this run is one of a quiet machine");
    return;
  }
  console.error("The machine is busy. Wait, or measure all the same with --busy.");
  process.exit(1);
}
