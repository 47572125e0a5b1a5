import { z } from "zod";
import { AppError } from "../errors/errors.js";

export const Health = z
  .object({ status: z.literal("ok"), version: z.string() })
  .meta({ id: "Health" });
export const Readiness = z
  .object({
    status: z.enum(["ready", "not-ready"]).meta({ id: "ReadinessStatus" }),
    checks: z.array(
      z
        .object({ name: z.string(), ok: z.boolean(), detail: z.string().nullable() })
        .meta({ id: "ReadinessCheck" }),
    ),
  })
  .meta({ id: "Readiness" });

/** One thing that a process needs, or shows that it lacks. */
export interface ReadinessCheck {
  readonly name: string;
  /** Rejects when it does not work: with an `AppError` if a person has to change something. */
  run(): Promise<unknown>;
  /** Whether the process serves its purpose, too, while this does not answer. */
  readonly canWait?: true;
}

type CheckResult = z.infer<typeof Readiness>["checks"][number];

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: CheckResult[];
}

const TIMEOUT_MS = 2_000;

/**
 * Runs all checks at once, each for at most two seconds. Anybody may read the result, so it shows
 * the message of an `AppError` and only the code of other errors, whose messages name hosts and
 * users. `onFault` gets the whole error.
 */
export async function runReadinessChecks(
  checks: readonly ReadinessCheck[],
  onFault: (error: unknown, name: string) => void,
): Promise<ReadinessReport> {
  const ran = await Promise.all(checks.map((check) => runCheck(check, onFault)));
  return {
    ready: ran.every(({ holdsBack }) => !holdsBack),
    checks: ran.map(({ result }) => result),
  };
}

async function runCheck(
  { name, run, canWait }: ReadinessCheck,
  onFault: (error: unknown, name: string) => void,
): Promise<{ result: CheckResult; holdsBack: boolean }> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  try {
    await Promise.race([run(), timeout]);
    return { result: { name, ok: true, detail: null }, holdsBack: false };
  } catch (error) {
    onFault(error, name);
    const holdsBack = !canWait || error instanceof AppError;
    return { result: { name, ok: false, detail: detailOf(error) }, holdsBack };
  } finally {
    clearTimeout(timer);
  }
}

function detailOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "does not answer";
}
