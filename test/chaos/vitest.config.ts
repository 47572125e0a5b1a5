import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { missingSuites } from "../../infra/setup/debian-tools.mjs";
import { SlowestFirst } from "./slowest-first.js";

/** Their bars are short times, which other work on the machine would spoil. */
const MEASURED = ["bad-uploads", "hostile-parquet", "cancel-works", "starvation"].map(
  (name) => `test/chaos/${name}.test.ts`,
);

/** `npm run test:chaos`: the chaos tests alone, at full scale. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    testTimeout: 900_000,
    hookTimeout: 360_000,
    pool: "forks",
    globalSetup: ["test/support/global-setup.ts"],
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "beside each other",
          include: ["test/chaos/**/*.test.ts"],
          exclude: [...MEASURED, ...missingSuites()],
          // They mostly wait: for locks, heartbeats, processes.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: MEASURED, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
