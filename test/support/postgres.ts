import { ask } from "./ask.js";

/** A database of the test file's own. `drop` rejects when a connection to it was left open. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/**
 * A database cloned from the migrated template ("empty": one without any table), on the run's own
 * Postgres. Create it in `beforeAll`, drop it in `afterAll`, after closing what was opened on it.
 */
export async function createTestDatabase(
  kind: "migrated" | "empty" = "migrated",
): Promise<TestDatabase> {
  const { url, name } = await ask<{ url: string; name: string }>("POST", `databases/${kind}`);
  return {
    url,
    async drop() {
      await ask("DELETE", `databases/${name}`);
    },
  };
}
