import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:chaos`: the chaos tests alone, at full scale, one file at a time. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: ["test/chaos/**/*.test.ts"],
    // Some promises name a time, and every one of them takes the whole machine.
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 120_000,
    pool: "forks",
    globalSetup: ["test/support/global-setup.ts"],
  },
});
