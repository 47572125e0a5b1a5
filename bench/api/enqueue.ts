import autocannon from "autocannon";
import { Queue } from "bullmq";

/** What autocannon sends. */
export type LoadRequest = Pick<autocannon.Options, "url"> &
  Partial<Pick<autocannon.Options, "method" | "headers" | "body">>;

/** Adds a second by a bare producer, `atOnce` of them under way: the payload is that of a task. */
export async function addsPerSecond(
  redisUrl: string,
  adds: number,
  atOnce: number,
): Promise<number> {
  const { hostname: host, port, password } = new URL(redisUrl);
  const connection = { host, port: Number(port), password: decodeURIComponent(password) };
  const queue = new Queue("bench", { connection, prefix: "{bench}" });
  const id = "01931f5e-7c1a-7bbb-8a3e-000000000000";
  const payload = { jobId: `job_${id}`, taskId: `task_${id}`, delivery: 1 };
  await queue.add("bench", payload);
  let left = adds;
  const startedAt = performance.now();
  const producer = async () => {
    while (left-- > 0) await queue.add("bench", payload);
  };
  await Promise.all(Array.from({ length: atOnce }, producer));
  const seconds = (performance.now() - startedAt) / 1000;
  await queue.obliterate({ force: true });
  await queue.close();
  return adds / seconds;
}

/** Accepted POSTs a second, `atOnce` of them under way. */
export async function postsPerSecond(
  request: LoadRequest,
  posts: number,
  atOnce: number,
): Promise<number> {
  const startedAt = performance.now();
  // The run ends with a whole second only; what counts is the last answer.
  let answeredAt = startedAt;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const options = { ...request, connections: atOnce, amount: posts, timeout: 60 };
    const run = autocannon(options, (error, ended) => (error ? reject(error) : resolve(ended)));
    run.on("response", () => {
      answeredAt = performance.now();
    });
  });
  const seconds = (answeredAt - startedAt) / 1000;
  if (result["2xx"] !== posts) {
    const answers = JSON.stringify(result.statusCodeStats);
    throw new Error(`not every POST was accepted: ${answers}, ${result.timeouts} timeouts`);
  }
  return posts / seconds;
}
