import { statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import {
  ConfigError,
  childEnvironment,
  type Environment,
  parseSettings,
  RETENTION_SETTINGS,
  type RetentionAges,
  retentionAges,
  SHARED_SETTINGS,
  urlOf,
} from "@winnow/contracts";
import { z } from "zod";
import { CliError } from "./terminal/failure.js";

/** The variables of the command. */
export const CLI_SETTINGS = z.object({
  WINNOW_URL: urlOf("http", "https").prefault("http://127.0.0.1:8080").meta({
    description: "The service that the command talks to.",
  }),
  WINNOW_API_KEY: z
    .string()
    .regex(/^wn_[\w-]+$/, "must be a key as `winnow keys create` prints it: wn_...")
    .optional()
    .meta({ description: "The API key that the command sends." }),
  DATABASE_URL: SHARED_SETTINGS.DATABASE_URL.optional(),
  DIRECT_DATABASE_URL: SHARED_SETTINGS.DIRECT_DATABASE_URL,
  MIGRATION_DATABASE_URL: SHARED_SETTINGS.MIGRATION_DATABASE_URL,
  REDIS_URL: SHARED_SETTINGS.REDIS_URL.optional(),
  STORAGE_DIR: SHARED_SETTINGS.STORAGE_DIR,
  MODELS_DIR: SHARED_SETTINGS.MODELS_DIR,
  HF_ENDPOINT: urlOf("http", "https").prefault("https://huggingface.co").meta({
    description: "The hub that `winnow models pull` fetches from.",
  }),
  HF_TOKEN: z
    .string()
    .regex(/^hf_\w+$/, "must be a token of the hub: hf_...")
    .optional()
    .meta({ description: "A token for private and gated models; it is sent to the hub alone." }),
  EMBEDDINGS_KEY: SHARED_SETTINGS.EMBEDDINGS_KEY,
  QUEUE_PREFIX: SHARED_SETTINGS.QUEUE_PREFIX,
  BACKEND_PROBE_MS: SHARED_SETTINGS.BACKEND_PROBE_MS,
  ...RETENTION_SETTINGS,
  LOG_LEVEL: SHARED_SETTINGS.LOG_LEVEL,
});
export type CliSettings = z.infer<typeof CLI_SETTINGS>;

/** Reads the command's settings. Throws CliError `invalid-environment` with all faults. */
export function readEnvironment(environment: Environment = process.env): CliSettings {
  try {
    return parseSettings(CLI_SETTINGS, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CliError("invalid-environment", error.faults.join("; "), { cause: error });
  }
}

/** How long data that is no longer needed is kept. */
export const retentionOf = (settings: CliSettings): RetentionAges => retentionAges(settings);

/**
 * The folder that relative paths are meant from: the one the user stands in. `npm run winnow` and its
 * like change to the package's root first; npm keeps the user's folder in INIT_CWD. A script of any
 * other package that calls the command means the folder in which it calls it.
 */
export function userFolder(
  repository: string,
  environment: Environment = process.env,
  current = process.cwd(),
): string {
  const { INIT_CWD, npm_package_json: manifest } = environment;
  if (!INIT_CWD || !manifest || current !== repository) return current;
  return isSameFolder(dirname(manifest), repository) ? INIT_CWD : current;
}

/** npm may have been led to the repository by a link. */
function isSameFolder(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

/** Where this user's settings of programs are. */
export const configFolder = (environment: Environment = process.env): string =>
  environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), ".config");

/** Where this user's programs keep what they can make again. */
export const cacheFolder = (environment: Environment = process.env): string =>
  environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), ".cache");

/** TensorFlow's own log would be printed between the command's lines. */
export function quietTensorFlow(): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
}

/** The environment of a browser: what it needs of the desktop, and none of our secrets. */
export function environmentOfBrowser(): NodeJS.ProcessEnv {
  const ours = new Set(Object.keys(CLI_SETTINGS.shape));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.has(name)));
}

/** Who became root by sudo to run this. */
export const sudoUser = (environment: Environment = process.env): string | undefined =>
  process.getuid?.() === 0 ? environment.SUDO_USER || undefined : undefined;

/** The environment of a service that the command starts, which reads its settings there. */
export function environmentOfService(own: Record<string, string>): NodeJS.ProcessEnv {
  // The keys and the hub's token are the user's, and no service's.
  const { WINNOW_API_KEY: _, HF_TOKEN: __, EMBEDDINGS_KEY: key, ...rest } = process.env;
  // That of the endpoint is the service's where it has one.
  const isServices = key !== undefined && Boolean(rest.EMBEDDINGS_URL);
  return { ...rest, ...(isServices && { EMBEDDINGS_KEY: key }), ...own };
}

/** The environment of a program that reads no settings. */
export const environmentOfProgram = (): NodeJS.ProcessEnv => childEnvironment(process.env);
