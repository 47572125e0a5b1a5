import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPostgres } from "@winnow/local-services";
import { migrate, openStore } from "@winnow/store";

const migrations = fileURLToPath(new URL("../prisma/migrations", import.meta.url));

/** Runs `work(store, folder, url)` on a migrated Postgres of the bench's own, gone afterwards. */
export async function withScratchStore(work) {
  const folder = await mkdtemp(join(tmpdir(), "winnow-bench-"));
  const postgres = await startPostgres({ dataDir: folder });
  try {
    await migrate(postgres.url, migrations);
    const store = openStore({ databaseUrl: postgres.url, applicationName: "bench" });
    try {
      return await work(store, folder, postgres.url);
    } finally {
      await store.close();
    }
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

export const round = (value, digits = 2) => Number(value.toFixed(digits));
export const megabytes = (bytes) => Math.round(bytes / 1e6);
