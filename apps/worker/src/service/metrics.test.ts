import { openStore } from "@winnow/store";
import { expect, it } from "vitest";
import { createMetrics } from "./metrics.js";

it("the process's own figures are taken only where somebody can read them", async () => {
  const store = openStore({
    databaseUrl: "postgresql://a:b@127.0.0.1:1/c",
    applicationName: "test",
  });
  const namesOf = (ofProcess: boolean) =>
    createMetrics(store, { ofProcess, queues: null, exemplars: false })
      .registry.getMetricsAsArray()
      .map(({ name }) => name);
  expect(namesOf(true)).toContain("nodejs_eventloop_lag_seconds");
  expect(namesOf(false).sort()).toEqual([
    "winnow_postgres_connections",
    "winnow_task_duration_seconds",
    "winnow_tasks_running",
  ]);
  await store.close();
});
