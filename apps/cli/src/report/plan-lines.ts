import type { Plan } from "@winnow/sizing";
import { table } from "../terminal/table.js";
import { bytes, count } from "../terminal/text.js";

/** A plan as a table of at most 80 columns, and what its columns leave open. */
export function planLines({ stages, folds, seconds, peakMemoryBytes, diskBytes }: Plan): string[] {
  const rows = stages.map(
    ({ stage, processes, memoryBytes, seconds: own, diskBytes: disk, within }) => [
      within ? `  ${stage}` : stage,
      within ? "" : count(processes),
      memoryBytes === null ? "" : size(memoryBytes),
      own === null ? "" : time(own),
      disk === 0 ? "" : size(disk),
    ],
  );
  const head = ["", "processes", "memory each", "time", "disk"];
  const total = ["together", "", "", time(seconds), size(diskBytes)];
  return [
    ...table([head, ...rows, total], { right: new Set([1, 2, 3, 4]) }),
    "",
    `${count(folds)} folds; the largest process takes up to ${size(peakMemoryBytes)}.`,
    "Memory and disk are upper limits. Times come from benchmarks on other machines,",
    "where a blank was not measured; what is indented runs inside the folds.",
  ];
}

/** Bytes, with terabytes. */
const size = (value: number): string =>
  value < 1e12 ? bytes(Math.round(value)) : `${count(Math.round(value / 1e10) / 100)} TB`;

/** Seconds as `45 s`, `12 min`, `7.5 h` or `12 d`. */
function time(seconds: number): string {
  if (seconds < 99.5) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 99.5 * 60) return `${Math.round(seconds / 60)} min`;
  const hours = seconds / 3600;
  return hours < 48 ? `${hours.toFixed(1)} h` : `${count(Math.round(hours / 24))} d`;
}
