import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { built } from "../service/paths.js";
import type { HostOptions, WorkerReport } from "./host.js";

/** The processes in which the fleet's workers are. */
export interface Hosts {
  readonly reports: readonly WorkerReport[];
  /** Ends one of them as a node ends that is taken back, and starts another in its place. */
  preempt(index: number, signal: "SIGTERM" | "SIGKILL"): void;
  cpuSeconds(): number;
  close(): Promise<void>;
}

/** How a host is started: with which environment, and within which command. */
export interface Place {
  readonly env: Readonly<Record<string, string>>;
  readonly within: readonly string[];
}

export function startHosts(
  places: readonly Place[],
  options: Omit<HostOptions, "seed">,
  seed: number,
): Hosts {
  const reports: WorkerReport[] = [];
  const cpuOf = new Map<ChildProcess, number>();
  let started = seed * 1000;
  const start = ({ env, within }: Place): ChildProcess => {
    const own = JSON.stringify({ ...options, seed: started++ } satisfies HostOptions);
    const [command, ...args] = [...within, process.execPath, built("fleet/host.js"), own];
    const child = spawn(command as string, args, {
      env: { ...env, WORKER_ROLES: "trainer" },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.on("message", (report: WorkerReport) => {
      reports.push(report);
      cpuOf.set(child, report.cpuSeconds);
    });
    child.on("error", (error) => {
      throw error;
    });
    return child;
  };
  const running = places.map(start);
  return {
    reports,
    preempt(index, signal) {
      running[index]!.kill(signal);
      running[index] = start(places[index]!);
    },
    cpuSeconds: () => [...cpuOf.values()].reduce((sum, seconds) => sum + seconds, 0),
    async close() {
      const ends = running.map((child) => child.exitCode === null && once(child, "exit"));
      for (const child of running) child.kill("SIGTERM");
      await Promise.all(ends);
    },
  };
}

/** Waits for so many workers: each looks for its delivery on a connection of one name. */
export async function allReady(redis: Redis, workers: number): Promise<void> {
  for (;;) {
    const clients = String(await redis.client("LIST"));
    if (clients.split("name=winnow-once ").length > workers) return;
    await sleep(500);
  }
}
