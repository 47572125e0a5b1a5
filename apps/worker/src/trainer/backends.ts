import type { BACKEND_NAMES } from "./messages.js";

/** A backend that can be started. */
export type BackendName = (typeof BACKEND_NAMES)[number];

/** What this worker can train on. */
export interface TrainerBackends {
  /**
   * The backend for a job that asks for `name`, where "auto" is the one that the probe at the start
   * chose; null: this worker does not have it.
   */
  choose(name: BackendName | "auto"): Promise<BackendName | null>;
}

/** How long a backend that did not start is taken for absent. */
const ABSENT_FOR_MS = 10 * 60_000;

/**
 * The backends of a worker whose probe chose, or will choose, `probed`. Another one is tried in a process of its own,
 * by `isAvailable`, when a job first names it.
 */
export function openBackends(
  probed: BackendName | (() => Promise<BackendName>),
  isAvailable: (name: BackendName) => Promise<boolean>,
  now: () => number = () => performance.now(),
): TrainerBackends {
  const known = new Map<BackendName, { available: Promise<boolean>; at: number }>();
  let choosing: Promise<BackendName> | undefined;
  const chosen = (probe: () => Promise<BackendName>): Promise<BackendName> => {
    choosing ??= probe().catch((error: unknown) => {
      choosing = undefined;
      throw error;
    });
    return choosing;
  };
  const ask = (name: BackendName): Promise<boolean> => {
    const available = isAvailable(name);
    known.set(name, { available, at: now() });
    // A process that could not even be started says nothing about the backend.
    available.catch(() => known.delete(name));
    return available;
  };
  return {
    async choose(name) {
      const own = await (typeof probed === "string" ? probed : chosen(probed));
      if (name === "auto" || name === own) return own;
      const before = known.get(name);
      if (before === undefined) return (await ask(name)) ? name : null;
      if (await before.available) return name;
      if (now() - before.at < ABSENT_FOR_MS) return null;
      return (await ask(name)) ? name : null;
    },
  };
}
