import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, removeAbandonedUploads, type Store } from "@winnow/store";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase } from "../../support/postgres.js";

const storageDir = mkdtempSync(join(tmpdir(), "winnow-uploads-"));
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test" });
});
afterAll(async () => {
  await store.close();
  await database.drop();
  rmSync(storageDir, { recursive: true });
});

it("what a killed upload leaves is removed after a day, and nothing else", async () => {
  const folder = join(storageDir, "uploads");
  mkdirSync(folder);
  const now = Date.now();
  const ages = { "up_old.part": 25, "up_young.part": 23, up_whole: 1000 };
  for (const [name, hours] of Object.entries(ages)) {
    writeFileSync(join(folder, name), "x");
    const at = new Date(now - hours * 3_600_000);
    utimesSync(join(folder, name), at, at);
  }
  expect(await removeAbandonedUploads(store, storageDir)).toBe(1);
  expect(Object.keys(ages).filter((name) => existsSync(join(folder, name)))).toEqual([
    "up_young.part",
    "up_whole",
  ]);
  expect(await removeAbandonedUploads(store, join(storageDir, "none"))).toBe(0);
});
