// A whole service under a gentle, steady stream of small jobs for hours: does anything grow that
// should not? Samples memory, connections, open files, queues and tables; writes every sample to a
// CSV and, at its end (or when it is stopped by Ctrl-C), a summary with verdicts.
//   npm run bench:soak -- [--minutes 120] [--every 30] [--out bench/results/soak]
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import pg from "pg";
import { round } from "./service/figures.js";
import { withService } from "./service/service-processes.js";
import { openCountingClient } from "./soak/counting-client.js";
import { type Sample, takeSample } from "./soak/sample.js";
import { type SmallJobs, startSmallJobs } from "./soak/small-jobs.js";
import { print, summarise } from "./soak/summary.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "120" },
    every: { type: "string", default: "30" },
    out: { type: "string", default: "bench/results/soak" },
  },
});
const minutes = Number(values.minutes);
const everyMs = Number(values.every) * 1000;
const out = resolve(values.out);
mkdirSync(out, { recursive: true });

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());

const summary = await withService({ worker: { TRAINER_CONCURRENCY: "1" } }, async (service) => {
  console.log(
    `soak for ${minutes} minutes on ${service.url}; samples in ${join(out, "samples.csv")}`,
  );
  const pool = new pg.Pool({
    connectionString: service.databaseUrl,
    max: 1,
    application_name: "soak",
  });
  const redis = new Redis(service.redisUrl);
  const counting = openCountingClient(service.url);
  const jobs = startSmallJobs(counting, stop.signal);
  try {
    const samples = await sampleUntilEnd(() => takeSample(service, pool, redis), jobs);
    stop.abort();
    await jobs.ended;
    return summarise(samples, {
      ...jobs,
      requests: counting.counts,
      minutes: samples.at(-1)?.minutes ?? 0,
    });
  } finally {
    stop.abort();
    redis.disconnect();
    await pool.end();
  }
});
writeFileSync(join(out, "summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
print(summary);
process.exitCode = Object.values(summary.verdicts).every(Boolean) ? 0 : 1;

/** Samples at their times until the minutes are over or the soak is stopped. */
async function sampleUntilEnd(
  take: () => Promise<Omit<Sample, "minutes">>,
  jobs: SmallJobs,
): Promise<Sample[]> {
  const csv = createWriteStream(join(out, "samples.csv"));
  const samples: Sample[] = [];
  const startedAt = performance.now();
  for (let n = 1; n * everyMs <= minutes * 60_000 && !stop.signal.aborted; n++) {
    const restMs = startedAt + n * everyMs - performance.now();
    await sleep(Math.max(0, restMs), undefined, { signal: stop.signal }).catch(() => {});
    const sample: Sample = {
      minutes: round((performance.now() - startedAt) / 60_000),
      ...(await take()),
    };
    if (samples.length === 0) csv.write(`${Object.keys(sample).join(",")},faults\n`);
    samples.push(sample);
    csv.write(`${Object.values(sample).join(",")},${jobs.faults.length}\n`);
  }
  csv.end();
  return samples;
}
