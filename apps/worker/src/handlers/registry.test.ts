import { TASK_KINDS } from "@winnow/contracts";
import { READER_LIMITS, Readers } from "@winnow/reader";
import { expect, it } from "vitest";
import { openStorage } from "../files/storage.js";
import { openBackends } from "../trainer/backends.js";
import { createBreaker } from "../trainer/breaker.js";
import { NO_DEVICES } from "../trainer/devices.js";
import { createRegistry } from "./registry.js";

it("every task kind has a handler, and every handler a task kind", () => {
  const registry = createRegistry({
    quota: { maxStoredRows: undefined },
    storage: openStorage("/storage", null, null),
    readers: new Readers(READER_LIMITS),
    trainer: {
      databaseUrl: "postgres://localhost/winnow",
      storageDir: "/storage",
      checkpointPlace: { type: "folder", folder: "/storage/checkpoints" },
      modelsDir: null,
      embeddings: null,
      checkpointIntervalMs: 1_000,
      env: {},
      devices: NO_DEVICES,
      backends: openBackends("wasm", async () => false),
      killAfterMs: 1_000,
      silenceMs: 1_000,
      breaker: createBreaker({ deaths: 3, earlyMs: 1_000, pauseMs: 1_000, onChange: () => {} }),
    },
  });
  expect(Object.keys(registry).sort()).toEqual([...TASK_KINDS].sort());
});
