// Loaded into the API and the worker under measurement: reports their memory on request.

/** The answer to `{ ask: "memory" }`. */
export interface MemoryAnswer {
  readonly memory: NodeJS.MemoryUsage;
}

process.on("message", (message: { ask?: string } | null) => {
  if (message?.ask !== "memory") return;
  process.send?.({ memory: process.memoryUsage() } satisfies MemoryAnswer);
});
// The programs end when nothing is left to do or their parent goes; this listener must not keep them.
process.channel?.unref();
