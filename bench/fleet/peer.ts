import { setTimeout as sleep } from "node:timers/promises";
import { Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { uniform } from "../generated/uniform.js";

/** CPU of this process and of Redis for each entry. */
export interface PeerFigures {
  readonly entries: number;
  readonly seconds: number;
  readonly cpuMsAnEntry: number;
}

/** The same number of workers and the same sleeps by BullMQ alone: its own loops, which stay, and no database. */
export async function measurePeer(
  redis: Redis,
  { workers, entries, foldMs }: { workers: number; entries: number; foldMs: number },
): Promise<PeerFigures> {
  const { host, port, password } = redis.options;
  const options = { connection: { host, port, password }, prefix: "{bench}" };
  const queue = new Queue("bench", options);
  const draw = uniform(1);
  let left = entries;
  let allDone = () => {};
  const done = new Promise<void>((resolve) => {
    allDone = resolve;
  });
  const consumers = Array.from(
    { length: workers },
    () =>
      new Worker(
        "bench",
        async () => {
          await sleep(foldMs * (0.5 + draw()));
          if (--left === 0) allDone();
        },
        options,
      ),
  );
  await Promise.all(consumers.map((consumer) => consumer.waitUntilReady()));
  const cpu = process.cpuUsage();
  const redisBefore = await redisCpuSeconds(redis);
  const startedAt = performance.now();
  await queue.addBulk(Array.from({ length: entries }, (_, id) => ({ name: "fold", data: { id } })));
  await done;
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6 + (await redisCpuSeconds(redis)) - redisBefore;
  await Promise.all(consumers.map((consumer) => consumer.close()));
  await queue.obliterate({ force: true });
  await queue.close();
  return { entries, seconds, cpuMsAnEntry: (1000 * cpuSeconds) / entries };
}

/** Seconds of CPU that the server has taken. */
export async function redisCpuSeconds(redis: Redis): Promise<number> {
  const text = await redis.info("cpu");
  const of = (name: string) => Number(new RegExp(`^${name}:(.*)$`, "m").exec(text)?.[1]);
  return of("used_cpu_sys") + of("used_cpu_user");
}
