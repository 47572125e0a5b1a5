import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startLocalServices } from "@winnow/local-services";
import { migrate } from "@winnow/store";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const memoryProbe = new URL("./memory-probe.mjs", import.meta.url).href;

/**
 * Runs `work(service)` beside a whole service on ports of its own: Postgres, Redis, an API and a
 * worker, the last two as the real processes. Everything is stopped and removed afterwards.
 */
export async function withService({ durability = "safe", api = {}, worker = {} }, work) {
  const folder = await mkdtemp(join(tmpdir(), "winnow-bench-"));
  const services = await startLocalServices({ dataDir: folder, durability, env: programsOnly() });
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    STORAGE_DIR: join(folder, "storage"),
    LOG_LEVEL: "warn",
  };
  const running = [];
  try {
    await migrate(services.databaseUrl, path("../prisma/migrations"));
    const workerProcess = await started("../apps/worker/dist/main.js", { ...env, ...worker });
    running.push(workerProcess.child);
    const apiProcess = await started("../apps/api/dist/main.js", { ...env, PORT: "0", ...api });
    running.push(apiProcess.child);
    return await work({
      ...services,
      folder,
      url: apiProcess.said.url,
      api: apiProcess.child,
      worker: workerProcess.child,
    });
  } finally {
    for (const child of running.reverse()) await stopped(child);
    await services.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The heap of a process that `withService` started, as V8 tells it. */
export function memoryOf(child) {
  return new Promise((resolve, reject) => {
    const give = (message) => {
      if (message?.memory === undefined) return;
      child.off("message", give);
      clearTimeout(timer);
      resolve(message.memory);
    };
    const timer = setTimeout(() => {
      child.off("message", give);
      reject(new Error("the process did not tell its memory within 10 s"));
    }, 10_000);
    child.on("message", give);
    child.send({ ask: "memory" });
  });
}

/** Forks the program; resolves with it and what it says once it is ready. */
async function started(program, env) {
  const child = fork(path(program), [], {
    execArgv: ["--import", memoryProbe],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env,
  });
  const early = once(child, "exit").then(([code, signal]) => {
    throw new Error(`${program} ended before it was ready: ${code ?? signal}`);
  });
  early.catch(() => {});
  const [said] = await Promise.race([once(child, "message"), early]);
  return { child, said };
}

async function stopped(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** Services of the surroundings are not to be used: no DATABASE_URL, no REDIS_URL. */
function programsOnly() {
  const { PATH, HOME, XDG_CACHE_HOME } = process.env;
  return { PATH, HOME, XDG_CACHE_HOME };
}
