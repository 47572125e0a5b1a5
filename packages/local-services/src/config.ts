import { join } from "node:path";
import { homeByEntry } from "./processes/known-user.js";

/** The environment variables that decide which services are used and where tools are found. */
export interface ServiceEnv {
  readonly DATABASE_URL?: string | undefined;
  readonly REDIS_URL?: string | undefined;
  readonly PATH?: string | undefined;
  readonly HOME?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
}

/**
 * Settings with defaults applied: given URLs (or undefined), the search path and the cache folder.
 */
export interface Surroundings {
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly path: string;
  readonly cacheDir: string;
}

/**
 * The only reader of the process's environment in this package. URLs are read only from `env`, so a
 * caller that passes nothing gets services of its own; PATH and the folders default to the
 * process's.
 */
export function readSurroundings(env: ServiceEnv = {}): Surroundings {
  const home = () => env.HOME || process.env.HOME || homeByEntry();
  const cacheHome = env.XDG_CACHE_HOME || process.env.XDG_CACHE_HOME || join(home(), ".cache");
  return {
    databaseUrl: env.DATABASE_URL || undefined,
    redisUrl: env.REDIS_URL || undefined,
    path: env.PATH ?? process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
    cacheDir: join(cacheHome, "winnow"),
  };
}
