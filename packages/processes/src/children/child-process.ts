import type { ChildProcess } from "node:child_process";

const STDERR_KEPT_BYTES = 8_192;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Resolves when the process has ended and its pipes are drained; rejects if it never started. */
export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      // A send to a child that is ending fails with this event too; "close" still follows then.
      if (child.pid === undefined) reject(error);
    });
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

/** How a process ended, as the predicate of a sentence. */
export function describeExit({ code, signal }: Exit): string {
  if (signal === "SIGKILL") return "was killed (SIGKILL): often the machine ran out of memory";
  if (signal === "SIGABRT" || code === 134) return "aborted: often its heap was full";
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

/** Reads the child's stderr; the function returns its last part. */
export function keepStderr(child: ChildProcess): () => string {
  let tail = Buffer.alloc(0);
  child.stderr?.on("data", (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-STDERR_KEPT_BYTES);
  });
  return () => tail.toString("utf8").trim();
}

/** A child that computes hears no signal; this long it gets where it has nothing to save anyway. */
const NOTHING_TO_SAVE_MS = 1_000;

/**
 * Sends SIGTERM on abort, and SIGKILL after `killAfterMs`, or soon unless the child `hasState` that it
 * could save. The returned function stops watching.
 */
export function killOnAbort(
  child: ChildProcess,
  signal: AbortSignal,
  killAfterMs: number,
  hasState: () => boolean = () => true,
): () => void {
  const timers: NodeJS.Timeout[] = [];
  const insist = () => child.kill("SIGKILL");
  const kill = () => {
    child.kill("SIGTERM");
    timers.push(
      setTimeout(() => hasState() || insist(), Math.min(NOTHING_TO_SAVE_MS, killAfterMs)),
      setTimeout(insist, killAfterMs),
    );
  };
  signal.addEventListener("abort", kill, { once: true });
  return () => {
    signal.removeEventListener("abort", kill);
    for (const timer of timers) clearTimeout(timer);
  };
}

/** Kills a child that was silent for too long, even one that is stopped or inside a kernel. */
export function killOnSilence(child: ChildProcess, silenceMs: number) {
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, silenceMs);
  return {
    /** Restarts the wait. */
    heard: () => timer.refresh(),
    /** Whether the child was killed for its silence. */
    get hung() {
      return hung;
    },
    end: () => clearTimeout(timer),
  };
}
