// The API under load, with Postgres, Redis, the orchestrator and the load's maker on one machine:
// latencies at fixed rates, a thousand event streams, and jobs accepted a second against bare
// BullMQ `queue.add` in the same run. No worker takes the jobs, as none takes the peer's.
// Every request carries an API key and is counted against a rate limit in Redis; --quota N has the
// key's open jobs counted too.
//   npm run bench:api -- [--seconds 20] [--posts 2000] [--streams 1000] [--quota 0]
// With --tracing it only compares the CPU of the same POSTs without and with traces, in turn.
//   npm run bench:api -- --tracing [--posts 2000] [--rounds 3]
import { parseArgs } from "node:util";
import { createApiKey, openStore, type Store } from "@winnow/store";
import autocannon from "autocannon";
import { addsPerSecond, type LoadRequest, postsPerSecond } from "./api/enqueue.js";
import { measureStreams } from "./api/event-streams.js";
import { seedCrossValidation } from "./api/seed.js";
import { measureTracing, type TracingCost } from "./api/tracing-cost.js";
import { peakRss, round } from "./service/figures.js";
import { type Service, withService } from "./service/service-processes.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    posts: { type: "string", default: "2000" },
    streams: { type: "string", default: "1000" },
    quota: { type: "string", default: "0" },
    tracing: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
  },
});
const duration = Number(values.seconds);
const posts = Number(values.posts);
const streams = Number(values.streams);
const AT_ONCE = 50;
let missed = 0;

const settings = {
  worker: { WORKER_ROLES: "orchestrator" },
  // Counted as always, but never reached. The quota counts open jobs, which no worker takes here.
  api: {
    RATE_LIMIT_PER_MINUTE: "1000000000",
    QUOTA_OPEN_JOBS: values.quota,
    MAX_EVENT_STREAMS: String(streams),
  },
};
if (values.tracing) await compareTracing(Number(values.rounds));
else await measureApi();
process.exitCode = missed > 0 ? 1 : 0;

async function measureApi(): Promise<void> {
  await withService(settings, async (started) => {
    const store = openStore({ databaseUrl: started.databaseUrl, applicationName: "bench" });
    try {
      const seeded = await seedCrossValidation(store);
      const newKey = { name: "bench", scope: "write", expiresAt: null } as const;
      const { token } = await createApiKey(store, newKey, "bench");
      const service = { ...started, headers: { authorization: `Bearer ${token}` } };
      const status = { url: `${service.url}/v1/jobs/${seeded.jobId}`, headers: service.headers };
      const post: LoadRequest = {
        url: `${service.url}/v1/jobs/pruning`,
        method: "POST",
        headers: { "content-type": "application/json", ...service.headers },
        body: JSON.stringify({ crossValidationId: seeded.crossValidationId }),
      };
      // Code that runs for the first time is compiled, connections are opened.
      await autocannon({ ...status, connections: 20, duration: 3 });
      await autocannon({ ...post, connections: 20, amount: 300 });

      await atRate("GET of a job's status", status, 500, 50);
      await atRate("POST of a pruning", post, 200, 150);
      await compareEnqueue(service, post);
      await watchStreams(service, store, seeded.datasetId);
      console.log(`peak RSS of the API ${peakRss(service.api.pid)} MB`);
    } finally {
      await store.close();
    }
  });
}

/** Latencies count from when a request was due, so that a pause is not hidden by what waits behind it. */
async function atRate(
  what: string,
  request: LoadRequest,
  perSecond: number,
  barMs: number,
): Promise<void> {
  const result = await autocannon({
    ...request,
    connections: 20,
    overallRate: perSecond,
    duration,
  });
  const { p50, p99, max } = result.latency;
  const failed = result.non2xx + result.errors + result.timeouts;
  const got = result["2xx"] / result.duration;
  console.log(`${what}, ${perSecond}/s asked, ${round(got, 0)}/s answered, ${failed} failed`);
  console.log(`  ms: median ${p50}, p99 ${p99}, highest ${max}`);
  judge(`p99 below ${barMs} ms`, p99 < barMs && failed === 0 && got > 0.95 * perSecond);
}

async function compareEnqueue(service: Service, post: LoadRequest): Promise<void> {
  // Twice in turn, so that a slow moment of the machine does not hit one side alone.
  const runs: Record<"one" | "many" | "postOne" | "postMany", number>[] = [];
  for (let n = 0; n < 2; n++) {
    runs.push({
      one: await addsPerSecond(service.redisUrl, 5 * posts, 1),
      many: await addsPerSecond(service.redisUrl, 10 * posts, AT_ONCE),
      postOne: await postsPerSecond(post, Math.ceil(posts / 4), 1),
      postMany: await postsPerSecond(post, posts, AT_ONCE),
    });
  }
  const mean = (name: "one" | "many" | "postOne" | "postMany") =>
    runs.reduce((sum, run) => sum + run[name], 0) / runs.length;
  const [one, many] = [mean("one"), mean("many")];
  const [postOne, postMany] = [mean("postOne"), mean("postMany")];
  console.log(
    "jobs accepted (job, task, outbox, event and audit committed) against queue.add, a second",
  );
  console.log(`  queue.add one at a time ${round(one, 0)}, ${AT_ONCE} at once ${round(many, 0)}`);
  console.log(
    `  POST one at a time ${round(postOne, 0)}, ${AT_ONCE} at once ${round(postMany, 0)}`,
  );
  console.log(`  POST : queue.add, both one at a time   ${round(postOne / one, 3)}`);
  console.log(`  POST : queue.add, both ${AT_ONCE} at once        ${round(postMany / many, 3)}`);
  console.log(`  POST ${AT_ONCE} at once : queue.add one at a time ${round(postMany / one, 3)}`);
  judge("POSTs at once reach 0.25 of queue.add one at a time", postMany / one >= 0.25);
}

async function watchStreams(
  service: Service & { headers: Record<string, string> },
  store: Store,
  datasetId: string,
): Promise<void> {
  const { delaysMs, missing } = await measureStreams(service, store, datasetId, streams);
  const at = (share: number) => delaysMs[Math.floor(share * (delaysMs.length - 1))]!;
  console.log(`${streams} event streams at once, ${delaysMs.length} events received`);
  console.log(`  ms from the commit: median ${at(0.5)}, p99 ${at(0.99)}, highest ${at(1)}`);
  judge(`all streams get every event, p99 within 2 s`, missing === 0 && at(0.99) < 2_000);
}

/** In turn, so that a slow moment of the machine does not hit one side alone. */
async function compareTracing(rounds: number): Promise<void> {
  const pairs: (readonly [TracingCost, TracingCost])[] = [];
  for (let n = 0; n < rounds; n++) {
    const off = await measureTracing({ isTraced: false }, posts, AT_ONCE);
    const on = await measureTracing({ isTraced: true }, posts, AT_ONCE);
    pairs.push([off, on]);
    for (const [name, cost] of Object.entries({ off, on })) {
      const cpu = `CPU of the API ${round(cost.apiSeconds)} s, of the relay ${round(cost.relaySeconds)} s`;
      const rest = `${round(cost.acceptedPerSecond, 0)} accepted a second, ${cost.spans} spans`;
      console.log(`traces ${name}, ${posts} POSTs: ${cpu}; ${rest}`);
    }
  }
  const ratio = (of: (cost: TracingCost) => number) => {
    const all = pairs.map(([off, on]) => of(on) / of(off)).sort((a, b) => a - b);
    return `${round(all[Math.floor((all.length - 1) / 2)]!)} (${round(all[0]!)} to ${round(all.at(-1)!)})`;
  };
  console.log("with : without traces, median (and range) of the rounds");
  console.log(`  CPU of the API ${ratio(({ apiSeconds }) => apiSeconds)}`);
  console.log(`  CPU of the relay ${ratio(({ relaySeconds }) => relaySeconds)}`);
  console.log(`  CPU of both ${ratio((cost) => cost.apiSeconds + cost.relaySeconds)}`);
  console.log(`  accepted a second ${ratio((cost) => cost.acceptedPerSecond)}`);
}

function judge(bar: string, isMet: boolean): void {
  if (!isMet) missed += 1;
  console.log(`  ${isMet ? "met   " : "missed"} ${bar}`);
}
