import { setTimeout as sleep } from "node:timers/promises";
import { LocalServicesError } from "../errors.js";
import type { GuardedProcess } from "../processes/guarded-process.js";
import { isAlive, markOf } from "../processes/process-mark.js";
import {
  type Running,
  readRunning,
  type ServiceFolder,
  withStartLock,
  writeRunning,
} from "./service-folder.js";

/** "safe" survives a power failure; "fast" does not, but is faster (demo and tests). */
export type Durability = "safe" | "fast";

/** What happens to a service, to show on a terminal or in a log. */
export interface ServiceEvent {
  readonly service: "postgres" | "redis";
  /**
   * given: a URL was set. joined: it already ran. unpacking: a copy is being fetched. ended: it
   * went down.
   */
  readonly event: "given" | "joined" | "started" | "unpacking" | "stopped" | "ended";
  readonly detail?: string;
  readonly tookMs?: number;
}

/** A service that is available at `url`. `stop` ends it only if this call `started` it. */
export interface LocalService {
  readonly url: string;
  readonly started: boolean;
  stop(): Promise<void>;
}

const GONE_TIMEOUT_MS = 30_000;
const SILENCE_TIMEOUT_MS = 30_000;
const RECOVERY_TIMEOUT_MS = 15 * 60_000;

interface Recipe {
  readonly service: "postgres" | "redis";
  readonly folder: ServiceFolder;
  /** Ends a server whose guard was killed. */
  readonly orphanSignal: NodeJS.Signals;
  readonly onEvent: ((event: ServiceEvent) => void) | undefined;
  urlOf(port: number): string;
  /** Whether the server accepts this folder's password. */
  answers(port: number): Promise<boolean>;
  start(): Promise<{ server: GuardedProcess; port: number }>;
}

/** Uses the server that already runs in the folder, or starts one under guard. */
export function joinOrStart(recipe: Recipe): Promise<LocalService> {
  const { service, folder, onEvent } = recipe;
  return withStartLock(folder, async () => {
    const startedAt = performance.now();
    const running = await findRunning(recipe);
    if (running !== undefined) {
      onEvent?.({ service, event: "joined", detail: `port ${running.port}` });
      return { url: recipe.urlOf(running.port), started: false, stop: async () => {} };
    }
    const { server, port } = await recipe.start();
    writeRunning(folder, {
      port,
      server: markOf(server.pid),
      guard: markOf(server.guardPid),
      owner: markOf(process.pid),
    });
    const tookMs = Math.round(performance.now() - startedAt);
    onEvent?.({ service, event: "started", detail: `port ${port}`, tookMs });
    return ownedService(recipe, server, port);
  });
}

function ownedService(recipe: Recipe, server: GuardedProcess, port: number): LocalService {
  const { service, onEvent } = recipe;
  let stopping: Promise<void> | undefined;
  void server.ended.then((reason) => {
    if (stopping === undefined) onEvent?.({ service, event: "ended", detail: reason });
  });
  return {
    url: recipe.urlOf(port),
    started: true,
    stop() {
      stopping ??= server.stop().then(() => onEvent?.({ service, event: "stopped" }));
      return stopping;
    },
  };
}

/** The live server of this folder. Waits for one that is going down; ends one without a guard. */
async function findRunning(recipe: Recipe): Promise<Running | undefined> {
  const running = readRunning(recipe.folder);
  if (running === undefined) return undefined;
  const { server, guard, owner, port } = running;
  const deadline = Date.now() + GONE_TIMEOUT_MS;
  let isTold = false;
  while (isAlive(server)) {
    if (!isAlive(guard)) {
      if (!isTold) process.kill(server.pid, recipe.orphanSignal);
      isTold = true;
    } else if (isAlive(owner) && (await recipe.answers(port))) {
      return running;
    }
    if (Date.now() > deadline) {
      throw new LocalServicesError(
        "data-folder-busy",
        `${recipe.service} in ${recipe.folder.dir} (process ${server.pid}) neither responds nor ends.`,
        "Kill it, or name another data folder.",
      );
    }
    await sleep(25);
  }
  return undefined;
}

/**
 * Waits until `probe` says "ready". "starting" may take long (a recovery); any other state for 30
 * s, or the server's end, is a failure, which `failed` turns into an error.
 */
export async function waitUntilReady(
  server: GuardedProcess,
  probe: () => Promise<string>,
  failed: (reason: string) => Error,
): Promise<void> {
  const startedAt = Date.now();
  for (;;) {
    const answer = await probe();
    if (answer === "ready") return;
    const waitedMs = Date.now() - startedAt;
    const limitMs = answer === "starting" ? RECOVERY_TIMEOUT_MS : SILENCE_TIMEOUT_MS;
    if (server.hasEnded()) throw failed(await server.ended);
    if (waitedMs > limitMs) {
      await server.stop();
      throw failed(answer);
    }
    await sleep(20);
  }
}
