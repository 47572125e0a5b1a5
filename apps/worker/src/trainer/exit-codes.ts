import { ORPHANED } from "@winnow/processes";

/** Exit codes of a trainer's process; its final message has the reason. */
export const EXIT = { done: 0, failed: 1, stopped: 3, orphaned: ORPHANED } as const;
