// The tests that need native TensorFlow (`npm run backend:tensorflow`): `npm run test:native`.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.native.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: "forks",
    // TensorFlow takes all cores.
    maxWorkers: 1,
    execArgv: ["--expose-gc"],
  },
});
