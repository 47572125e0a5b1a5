import { round } from "../service/figures.js";
import type { Counts } from "./counting-client.js";
import type { Sample } from "./sample.js";
import type { SmallJobs } from "./small-jobs.js";

const MEMORY = ["api_rssMb", "worker_rssMb"];
const SHOWN = [
  ...MEMORY,
  "api_heapMb",
  "worker_heapMb",
  "api_files",
  "worker_files",
  "pg_api",
  "pg_worker",
  "redis_clients",
  "redis_mb",
  "database_mb",
];
const CONSTANT = ["pg_api", "pg_worker", "pg_relay", "redis_clients", "api_files", "worker_files"];
const FLAT_WITHIN = 0.1;
/** Pools let idle connections go and open them again; a leak would not stop at so little. */
const CONNECTION_SLACK = 1;

interface Figure {
  readonly afterQuarter: number;
  readonly end: number;
  /** null where it began at 0. */
  readonly change: number | null;
  readonly perHour: number;
  readonly max: number;
}

export interface Summary {
  readonly minutes: number;
  readonly samples: number;
  readonly verdicts: Readonly<Record<string, boolean>>;
  readonly done: Readonly<Record<string, number>>;
  readonly requests: Counts;
  readonly faults: readonly string[];
  readonly cpuShareOfOneCore: { readonly api: number; readonly worker: number };
  readonly figures: Readonly<Record<string, Figure>>;
}

/**
 * What a soak showed. Each figure is the mean over a tenth of the time after the first quarter, and
 * over the last tenth; its slope is the least squares line's after the first quarter, by the hour.
 */
export function summarise(
  samples: readonly Sample[],
  {
    faults,
    done,
    requests,
    minutes,
  }: Pick<SmallJobs, "faults" | "done"> & {
    readonly requests: Counts;
    readonly minutes: number;
  },
): Summary {
  const after = samples.filter((s) => s.minutes >= minutes * 0.25);
  const early = after.filter((s) => s.minutes < minutes * 0.35);
  const late = after.filter((s) => s.minutes >= minutes * 0.9);
  const figures: Record<string, Figure> = Object.fromEntries(
    Object.keys(samples[0] ?? {})
      .filter((name) => name !== "minutes")
      .map((name) => {
        const [from, to] = [mean(early, name), mean(late, name)];
        return [
          name,
          {
            afterQuarter: round(from),
            end: round(to),
            change: from === 0 ? null : round(to / from - 1, 3),
            perHour: round(slope(after, name) * 60),
            max: Math.max(...samples.map((s) => s[name]!)),
          },
        ];
      }),
  );
  const verdicts = {
    "memory flat within 10 %": MEMORY.every((name) => (figures[name]!.change ?? 0) <= FLAT_WITHIN),
    "connections and files constant": CONSTANT.every(
      (name) => figures[name]!.end - figures[name]!.afterQuarter <= CONNECTION_SLACK,
    ),
    "nothing failed that should not": faults.length === 0,
  };
  const last = samples.at(-1)!;
  const cpuShare = (name: string) => round(last[`${name}_cpuSeconds`]! / (last.minutes * 60), 3);
  return {
    minutes: last.minutes,
    samples: samples.length,
    verdicts,
    done,
    requests,
    faults,
    cpuShareOfOneCore: { api: cpuShare("api"), worker: cpuShare("worker") },
    figures,
  };
}

/** The summary for people. */
export function print(summary: Summary): void {
  console.log(`\n${summary.minutes} minutes, ${summary.samples} samples`);
  for (const [what, n] of Object.entries(summary.done).sort())
    console.log(`  ${what.padEnd(32)} ${n}`);
  console.log(`  ${"requests".padEnd(32)} ${summary.requests.requests}`);
  console.log(`  ${"turned away (503), asked again".padEnd(32)} ${summary.requests.turnedAway}`);
  console.log(`  ${"event streams".padEnd(32)} ${summary.requests.streams}`);
  console.log("\n                    after 1/4      end   change  per hour      max");
  for (const name of SHOWN) {
    const { afterQuarter, end, change, perHour, max } = summary.figures[name]!;
    const cells = [
      afterQuarter,
      end,
      change === null ? "-" : `${round(change * 100, 1)} %`,
      perHour,
      max,
    ];
    console.log(`${name.padEnd(20)}${cells.map((cell) => String(cell).padStart(9)).join("")}`);
  }
  for (const fault of summary.faults.slice(0, 20)) console.log(`fault: ${fault}`);
  for (const [what, held] of Object.entries(summary.verdicts)) {
    console.log(`${held ? "met   " : "missed"} ${what}`);
  }
}

function mean(samples: readonly Sample[], name: string): number {
  return samples.reduce((sum, sample) => sum + sample[name]!, 0) / (samples.length || 1);
}

/** Of the least squares line, by the minute. */
function slope(samples: readonly Sample[], name: string): number {
  const x = mean(samples, "minutes");
  const y = mean(samples, name);
  let above = 0;
  let below = 0;
  for (const sample of samples) {
    above += (sample.minutes - x) * (sample[name]! - y);
    below += (sample.minutes - x) ** 2;
  }
  return below === 0 ? 0 : above / below;
}
