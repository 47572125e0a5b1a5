import { configDefaults, defineConfig } from "vitest/config";
import { infraSuites } from "./infra/checks/tools.mjs";
import { missingSuites, runnableSuites } from "./infra/setup/debian-tools.mjs";

export default defineConfig({
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "apps/*/src/**/*.test.ts",
      "test/{architecture,docs,golden,integration,e2e,chaos}/**/*.test.ts",
      ...runnableSuites(),
      ...infraSuites(),
    ],
    exclude: [...configDefaults.exclude, "**/*.native.test.ts", ...missingSuites()],
    testTimeout: 120_000,
    hookTimeout: 240_000,
    // A second is no hang on a busy machine.
    expect: { poll: { timeout: 60_000 } },
    // What differs stands in the message, of which the end of the output shows the first line.
    chaiConfig: { truncateThreshold: 400 },
    pool: "forks",
    // More than there are cores: the slow ones wait for locks, heartbeats and processes.
    maxWorkers: 4,
    globalSetup: ["test/support/global-setup.ts"],
  },
});
