// A whole service under a gentle, steady stream of small jobs for hours: does anything grow that
// should not? Samples memory, connections, open files, queues and tables; writes every sample to a
// CSV and, at its end (or when it is stopped by Ctrl-C), a summary with verdicts.
//   node bench/soak.mjs [--minutes 120] [--every 30] [--out bench/results/soak]
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import pg from "pg";
import { round } from "./scratch-services.mjs";
import { withService } from "./service-processes.mjs";
import { openClient } from "./soak/api-client.mjs";
import { takeSample } from "./soak/sample.mjs";
import { startSmallJobs } from "./soak/small-jobs.mjs";
import { print, summarise } from "./soak/summary.mjs";

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
  const client = openClient(service.url);
  const jobs = startSmallJobs(client, stop.signal);
  try {
    const samples = await sampleUntilEnd(() => takeSample(service, pool, redis), jobs);
    stop.abort();
    await jobs.ended;
    return summarise(samples, {
      ...jobs,
      requests: client.counts,
      minutes: samples.at(-1).minutes,
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

/** Samples at their times until the minutes are over or somebody stops the soak. */
async function sampleUntilEnd(take, jobs) {
  const csv = createWriteStream(join(out, "samples.csv"));
  const samples = [];
  const startedAt = performance.now();
  for (let n = 1; n * everyMs <= minutes * 60_000 && !stop.signal.aborted; n++) {
    const restMs = startedAt + n * everyMs - performance.now();
    await sleep(Math.max(0, restMs), undefined, { signal: stop.signal }).catch(() => {});
    const sample = { minutes: round((performance.now() - startedAt) / 60_000), ...(await take()) };
    if (samples.length === 0) csv.write(`${Object.keys(sample).join(",")},faults\n`);
    samples.push(sample);
    csv.write(`${Object.values(sample).join(",")},${jobs.faults.length}\n`);
  }
  csv.end();
  return samples;
}
