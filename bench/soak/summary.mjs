import { round } from "../scratch-services.mjs";

const memory = ["api_rssMb", "worker_rssMb"];
const shown = [
  ...memory,
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
const constant = ["pg_api", "pg_worker", "pg_relay", "redis_clients", "api_files", "worker_files"];
const flatWithin = 0.1;
/** Pools let idle connections go and open them again; a leak would not stop at so little. */
const connectionSlack = 1;

/**
 * What a soak showed. Each figure is the mean over a tenth of the time after the first quarter, and
 * over the last tenth; its slope is the least squares line's after the first quarter, by the hour.
 */
export function summarise(samples, { faults, done, requests, minutes }) {
  const after = samples.filter((s) => s.minutes >= minutes * 0.25);
  const early = after.filter((s) => s.minutes < minutes * 0.35);
  const late = after.filter((s) => s.minutes >= minutes * 0.9);
  const figures = Object.fromEntries(
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
            max: Math.max(...samples.map((s) => s[name])),
          },
        ];
      }),
  );
  const verdicts = {
    "memory flat within 10 %": memory.every((name) => figures[name].change <= flatWithin),
    "connections and files constant": constant.every(
      (name) => figures[name].end - figures[name].afterQuarter <= connectionSlack,
    ),
    "nothing failed that should not": faults.length === 0,
  };
  const last = samples.at(-1);
  const cpuShare = (name) => round(last[`${name}_cpuSeconds`] / (last.minutes * 60), 3);
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
export function print(summary) {
  console.log(`\n${summary.minutes} minutes, ${summary.samples} samples`);
  for (const [what, n] of Object.entries(summary.done).sort())
    console.log(`  ${what.padEnd(32)} ${n}`);
  console.log(`  ${"requests".padEnd(32)} ${summary.requests.requests}`);
  console.log(`  ${"turned away (503), asked again".padEnd(32)} ${summary.requests.turnedAway}`);
  console.log(`  ${"event streams".padEnd(32)} ${summary.requests.streams}`);
  console.log("\n                    after 1/4      end   change  per hour      max");
  for (const name of shown) {
    const { afterQuarter, end, change, perHour, max } = summary.figures[name];
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

function mean(samples, name) {
  return samples.reduce((sum, sample) => sum + sample[name], 0) / (samples.length || 1);
}

/** Of the least squares line, by the minute. */
function slope(samples, name) {
  const [x, y] = [mean(samples, "minutes"), mean(samples, name)];
  let above = 0;
  let below = 0;
  for (const sample of samples) {
    above += (sample.minutes - x) * (sample[name] - y);
    below += (sample.minutes - x) ** 2;
  }
  return below === 0 ? 0 : above / below;
}
