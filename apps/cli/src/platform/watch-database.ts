import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { CliError } from "../terminal/failure.js";

const LOOK_EVERY_MS = 2_000;
/** A restart of the server takes less; API and worker sit it out. */
const PATIENCE_MS = 30_000;

const Report = z.object({
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().nullable() })),
});

export interface WatchOptions {
  readonly url: string;
  readonly databaseUrl: string;
  readonly onEvent?: ((line: string) => void) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Asks the service's own readiness, says what fails and what is well again, and returns the reason to
 * end once Postgres has not answered for half a minute. The services that this process started
 * report their end by themselves; this is for those that it only uses. null: the signal aborted.
 */
export async function watchDatabase(options: WatchOptions): Promise<CliError | null> {
  const { url, databaseUrl, onEvent, signal } = options;
  const faults = new Map<string, string>();
  let goneSince: number | undefined;
  while (!signal.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
    const report = await look(url, signal);
    if (!report) continue;
    for (const { name, ok, detail } of report.checks) {
      const fault = ok ? undefined : (detail ?? "does not answer");
      if (fault === faults.get(name)) continue;
      onEvent?.(fault === undefined ? `${name} is well again` : `${name}: ${fault}`);
      if (fault === undefined) faults.delete(name);
      else faults.set(name, fault);
    }
    const fault = faults.get("postgres");
    if (fault === undefined) goneSince = undefined;
    else goneSince ??= performance.now();
    if (goneSince !== undefined && performance.now() - goneSince > PATIENCE_MS) {
      return new CliError(
        "postgres-gone",
        `Postgres at ${new URL(databaseUrl).host} has not answered for ${PATIENCE_MS / 1000} s (${fault}). ` +
          "Start it, then run `winnow up` again: jobs go on where they were.",
      );
    }
  }
  return null;
}

/** The answer of `/readyz`; undefined where there is none, which the API's own end would explain. */
async function look(url: string, signal: AbortSignal) {
  try {
    const answer = await fetch(`${url}/readyz`, { signal });
    return Report.safeParse(await answer.json()).data;
  } catch {
    return undefined;
  }
}
