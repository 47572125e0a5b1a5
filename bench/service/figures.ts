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
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const mine = pids.filter((pid) => {
    const line = readOrNothing(`/proc/${pid}/cmdline`);
    return line.includes(folder) || line.startsWith("postgres:");
  });
  return megabytes(mine.reduce((sum, pid) => sum + statusOf(pid, "RssAnon") * 1024, 0));
}

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
