/**
 * The Prisma CLI without its engine download: `node infra/setup/prisma.mjs migrate status`.
 * DATABASE_URL names the database.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const storeRequire = createRequire(join(root, "packages/store/package.json"));
const manifest = storeRequire.resolve("prisma/package.json");
const cli = join(dirname(manifest), "build", "index.js");

const { status, error } = spawnSync(
  process.execPath,
  [cli, ...process.argv.slice(2), "--config", join(root, "prisma/prisma.config.ts")],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: join(root, "infra/setup/schema-engine.mjs"),
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      CHECKPOINT_DISABLE: "1",
    },
  },
);
if (error !== undefined) throw error;
process.exitCode = status ?? 1;
