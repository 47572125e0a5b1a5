import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type LocalServices, startLocalServices } from "@winnow/local-services";
import { migrate } from "@winnow/store";
import type { MemoryAnswer } from "./memory-probe.js";
import { built, inProject } from "./paths.js";

export type Environment = Record<string, string | undefined>;

/** A whole service: Postgres, Redis, an API and a worker. */
export interface Service extends Pick<LocalServices, "databaseUrl" | "redisUrl"> {
  readonly folder: string;
  readonly url: string;
  readonly api: ChildProcess;
  readonly worker: ChildProcess;
}

/** Settings of the two processes beyond those of any service. */
export interface ServiceSettings {
  readonly api?: Environment;
  readonly worker?: Environment;
}

/**
 * Runs `work(service)` beside a whole service on ports of its own, API and worker as the real
 * processes. Everything is stopped and removed afterwards.
 */
export async function withService<T>(
  { api = {}, worker = {} }: ServiceSettings,
  work: (service: Service) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "winnow-bench-"));
  const services = await startLocalServices({
    dataDir: folder,
    durability: "safe",
    env: programsOnly(),
  });
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    STORAGE_DIR: join(folder, "storage"),
    LOG_LEVEL: "warn",
  };
  const running: ChildProcess[] = [];
  try {
    await migrate(services.databaseUrl, inProject("prisma/migrations"));
    const workerProcess = await started("apps/worker/dist/main.js", { ...env, ...worker });
    running.push(workerProcess.child);
    const apiProcess = await started("apps/api/dist/main.js", { ...env, PORT: "0", ...api });
    running.push(apiProcess.child);
    const { databaseUrl, redisUrl } = services;
    return await work({
      databaseUrl,
      redisUrl,
      folder,
      url: (apiProcess.said as { url: string }).url,
      api: apiProcess.child,
      worker: workerProcess.child,
    });
  } finally {
    for (const child of running.reverse()) await stopped(child);
    await services.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The memory of a process that `withService` started, as V8 reports it. */
export function memoryOf(child: ChildProcess): Promise<NodeJS.MemoryUsage> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: Partial<MemoryAnswer>) => {
      if (message.memory === undefined) return;
      child.off("message", onMessage);
      clearTimeout(timer);
      resolve(message.memory);
    };
    const timer = setTimeout(() => {
      child.off("message", onMessage);
      reject(new Error("the process did not report its memory within 10 s"));
    }, 10_000);
    child.on("message", onMessage);
    child.send({ ask: "memory" });
  });
}

/** Forks the program; resolves with it and its first message, which says that it is ready. */
export async function started(program: string, env: Environment) {
  const child = fork(inProject(program), [], {
    execArgv: ["--import", pathToFileURL(built("service/memory-probe.js")).href],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env,
  });
  const early = once(child, "exit").then(([code, signal]) => {
    throw new Error(`${program} ended before it was ready: ${code ?? signal}`);
  });
  early.catch(() => {});
  const [said]: unknown[] = await Promise.race([once(child, "message"), early]);
  return { child, said };
}

/** SIGTERM, unless the process is gone already; resolves once it is. */
export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** Without DATABASE_URL and REDIS_URL: services that happen to run here are not used. */
export function programsOnly(): Environment {
  const { PATH, HOME, XDG_CACHE_HOME } = process.env;
  return { PATH, HOME, XDG_CACHE_HOME };
}
