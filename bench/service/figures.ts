import { readdirSync, readFileSync } from "node:fs";

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
export const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

/** Seconds that `work` takes, and what it returns. */
export async function timed<T>(
  work: () => Promise<T>,
): Promise<{ readonly seconds: number; readonly value: T }> {
  const startedAt = performance.now();
  const value = await work();
  return { seconds: (performance.now() - startedAt) / 1000, value };
}

/** MB at the highest, as the kernel kept it. */
export const peakRss = (pid: number | undefined): number =>
  megabytes(statusOf(String(pid), "VmHWM") * 1024);

/** MB of anonymous memory that Postgres' processes hold now; its shared buffers stand apart. */
export function postgresMemory(folder: string): number {
  const mine = processes().filter((pid) => {
    const line = readOrNothing(`/proc/${pid}/cmdline`);
    return line.includes(folder) || line.startsWith("postgres:");
  });
  return megabytes(mine.reduce((sum, pid) => sum + statusOf(pid, "RssAnon") * 1024, 0));
}

/** The pids of Postgres' servers whose cluster lies in the folder. */
export const postgresServers = (folder: string): number[] =>
  processes()
    .filter((pid) => /postgres\0-D\0/.test(readOrNothing(`/proc/${pid}/cmdline`)))
    .filter((pid) => readOrNothing(`/proc/${pid}/cmdline`).includes(folder))
    .map(Number);

/** The processes and all below them, by pid. */
export function familyOf(pids: readonly number[]): number[] {
  const parents = new Map(processes().map((pid) => [Number(pid), statusOf(pid, "PPid")]));
  const family = new Set(pids);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return [...family];
}

/** MB at the highest of those processes that the pids' family has now, without the pids themselves. */
export const peakRssBelow = (pid: number): number =>
  Math.max(
    0,
    ...familyOf([pid])
      .filter((other) => other !== pid)
      .map(peakRss),
  );

const TICKS_A_SECOND = 100;

/** Seconds of CPU that the processes and all below them have taken, those that have ended included. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of familyOf(pids)) {
    const line = readOrNothing(`/proc/${pid}/stat`);
    // Behind the name, which may hold anything: state, ppid, ..., utime, stime, and both of ended children.
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    for (const field of fields.slice(11, 15)) ticks += Number(field);
  }
  return ticks / TICKS_A_SECOND;
}

const processes = (): string[] => readdirSync("/proc").filter((name) => /^\d+$/.test(name));

function statusOf(pid: string, field: string): number {
  const found = new RegExp(`${field}:\\s+(\\d+)`).exec(readOrNothing(`/proc/${pid}/status`));
  return found ? Number(found[1]) : 0;
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
