import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished, type TestContext } from "vitest";
import { seededDraws } from "../support/draws.js";
import { SCALE, SEED } from "./scale.js";

declare module "vitest" {
  interface TaskMeta {
    /** One line: what a chaos test did and saw. */
    figures?: string;
  }
}

/** What one chaos test draws its moments from, and where it reports its figures. */
export interface Chaos {
  /** A whole number in [0, limit). */
  below(limit: number): number;
  /** A whole number in [low, high]. */
  between(low: number, high: number): number;
  pick<T>(list: readonly T[]): T;
  /** Sleeps for a random time between the two. */
  moment(lowMs: number, highMs: number): Promise<void>;
  /** Notes figures; those of the same name are replaced. All are printed when the test ends, however it ends. */
  tell(figures: Record<string, number | string>): void;
}

/** The test's own draws: the same seed and title give the same, whichever other tests run. */
export function chaosOf({ task }: TestContext): Chaos {
  const title = createHash("sha256").update(`${SEED} ${task.name}`).digest();
  const below = seededDraws(title.readUInt32LE(0));
  const between = (low: number, high: number) => low + below(high - low + 1);
  const startedAt = performance.now();
  const told: Record<string, number | string> = {};
  onTestFinished(() => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const words = Object.entries(told).map(([name, value]) => `${name} ${value}`);
    const line = [task.name, ...words, `${seconds} s`, `${SCALE}, CHAOS_SEED=${SEED}`].join(" | ");
    task.meta.figures = line;
    console.log(line);
  });
  return {
    below,
    between,
    pick: (list) => list[below(list.length)]!,
    moment: (lowMs, highMs) => sleep(between(lowMs, highMs)),
    tell: (figures) => void Object.assign(told, figures),
  };
}
