/** How a trainer's process ends, beside the message that says why. */
export const EXIT = { done: 0, failed: 1, stopped: 3, orphaned: 4 } as const;
