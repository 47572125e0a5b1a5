import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Identifies a process: its id may be reused, but not together with its start time. */
export interface ProcessMark {
  readonly pid: number;
  readonly startedAt: string;
}

/** The mark of a live process; the mark of a process that is gone never counts as alive. */
export function markOf(pid: number): ProcessMark {
  return { pid, startedAt: startTimeOf(pid) ?? "gone" };
}

/** Whether the marked process still runs (a zombie does not). */
export function isAlive(mark: ProcessMark): boolean {
  return startTimeOf(mark.pid) === mark.startedAt;
}

/** Whether a value read from a file is a mark. */
export function isMark(value: unknown): value is ProcessMark {
  return (
    typeof value === "object" &&
    value !== null &&
    Number.isInteger(Reflect.get(value, "pid")) &&
    typeof Reflect.get(value, "startedAt") === "string"
  );
}

function startTimeOf(pid: number): string | undefined {
  try {
    return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

/**
 * proc(5): the program's name in brackets is followed by the state and, 19 fields later, the start
 * time.
 */
function fromProc(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

function fromPs(pid: number): string | undefined {
  const line = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" });
  const [state, ...start] = line.trim().split(/\s+/);
  return state === undefined || state.startsWith("Z") ? undefined : start.join(" ");
}
