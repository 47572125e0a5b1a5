import { RETENTION_ENVIRONMENT, type RetentionAges, retentionAges } from "@winnow/contracts";
import { DEFAULT_STORAGE_DIR } from "@winnow/storage";
import { z } from "zod";
import { CliError } from "./terminal/failure.js";

const Url = (protocols: RegExp, example: string) =>
  z.url({ protocol: protocols, error: `expected a URL such as ${example}` });

/** Every variable that the command reads; an empty one counts as not set. */
export const CliEnvironment = z.object({
  WINNOW_URL: Url(/^https?$/, "http://127.0.0.1:8080").default("http://127.0.0.1:8080"),
  WINNOW_API_KEY: z
    .string()
    .regex(/^wn_[\w-]+$/, "expected a key as `winnow keys create` printed it: wn_...")
    .optional(),
  DATABASE_URL: Url(/^postgres(ql)?$/, "postgresql://user:password@host:5432/winnow").optional(),
  REDIS_URL: Url(/^rediss?$/, "redis://host:6379").optional(),
  STORAGE_DIR: z.string().default(DEFAULT_STORAGE_DIR),
  ...RETENTION_ENVIRONMENT,
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
});
export type CliEnvironment = z.infer<typeof CliEnvironment>;

/** The command's settings, all faults told at once. Throws CliError `invalid-environment`. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): CliEnvironment {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = CliEnvironment.safeParse(set);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new CliError("invalid-environment", faults.join("; "));
}

/** How long what is not needed any more is kept. */
export const retentionOf = (environment: CliEnvironment): RetentionAges =>
  retentionAges(environment);

/** The environment of a process that the command starts: its own, with `own` on top. */
export function environmentOfChild(own: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...own };
}
