import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** A path below the repository's root, seen from `src` as from `dist`. */
export const inRepository = (path: string): string =>
  fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

/** The repository's root, or the folder of an image that stands for it. */
export const REPOSITORY = dirname(inRepository("package.json"));

/** The worker's program that tries every backend of this machine. */
export const BACKENDS_MAIN = inRepository("apps/worker/dist/trainer-child/backends/backends.js");

/** The built entry points that the platform starts, and the migrations it applies. */
export const API_MAIN = inRepository("apps/api/dist/main.js");
export const WORKER_MAIN = inRepository("apps/worker/dist/main.js");
export const MIGRATIONS_DIR = inRepository("prisma/migrations");
