import { OVER_MEMORY } from "../lifeline/over-memory.js";
import type { Exit } from "./child-process.js";

/** V8's words for a full heap, and for an array beyond its bounds. */
const FATAL =
  /FATAL ERROR: .*(heap out of memory|invalid (array|table) (length|size)|Allocation failed)/i;

/**
 * Whether a process ended because it wanted more memory than it may have: its own watchdog ended it, or V8
 * did. A SIGKILL from elsewhere may have been the kernel, for want of memory on the machine.
 */
export function diedOfMemory({ signal }: Exit, stderr: string): "limit" | "killed" | null {
  if (stderr.includes(OVER_MEMORY) || FATAL.test(stderr)) return "limit";
  return signal === "SIGKILL" ? "killed" : null;
}
