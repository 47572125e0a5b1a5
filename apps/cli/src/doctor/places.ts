import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { LocalService } from "@winnow/local-services";
import { storageDirOf } from "@winnow/storage";
import type { CliSettings } from "../config.js";

/** A server to look at, or why there is none. */
export type Server = { readonly url: string } | { readonly missing: unknown };

/** What the doctor looks at. */
export interface Place {
  /**
   * environment: servers that the settings name. folder: those of a data folder of `winnow up`.
   * trial: there is no such folder yet, so servers were started elsewhere, to see whether they do.
   */
  readonly kind: "environment" | "folder" | "trial";
  /** `directUrl` where it is another address, past a pooler. */
  readonly postgres: Server & { readonly directUrl?: string | undefined };
  readonly redis: Server;
  readonly storageDir: string;
  /** Whether the service itself runs there. */
  readonly isUp: boolean;
}

const DEFAULT_DATA_DIR = "./.winnow/data";

/** Gives `use` the place that `--data`, else the environment, else the usual data folder names. */
export async function withPlace<T>(
  dataDir: string | undefined,
  { DATABASE_URL, DIRECT_DATABASE_URL, REDIS_URL, STORAGE_DIR }: CliSettings,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  if (dataDir === undefined && (DATABASE_URL !== undefined || REDIS_URL !== undefined)) {
    const storageDir = resolve(STORAGE_DIR);
    const postgres = {
      ...named("DATABASE_URL", DATABASE_URL ?? DIRECT_DATABASE_URL),
      directUrl: DIRECT_DATABASE_URL,
    };
    const redis = named("REDIS_URL", REDIS_URL);
    return use({ kind: "environment", postgres, redis, storageDir, isUp: false });
  }
  const folder = resolve(dataDir ?? DEFAULT_DATA_DIR);
  const kind = existsSync(join(folder, "postgres")) ? "folder" : "trial";
  const serversIn = kind === "folder" ? folder : mkdtempSync(join(tmpdir(), "winnow-doctor-"));
  const started: LocalService[] = [];
  try {
    const [postgres, redis] = await startServers(serversIn, kind, started);
    const storageDir = storageDirOf(folder);
    const isUp = started.some((service) => !service.started);
    return await use({ kind, postgres, redis, storageDir, isUp });
  } finally {
    await Promise.all(started.map((service) => service.stop()));
    if (kind === "trial") rmSync(serversIn, { recursive: true, force: true });
  }
}

const named = (name: string, url: string | undefined): Server =>
  url === undefined ? { missing: new Error(`${name} is not set`) } : { url };

/** Joins the servers that run in the folder, or starts them for as long as they are looked at. */
async function startServers(
  dataDir: string,
  kind: "folder" | "trial",
  started: LocalService[],
): Promise<[Server, Server]> {
  const { startPostgres, startRedis } = await import("@winnow/local-services"); // only where it runs
  const durability = kind === "trial" ? "fast" : "safe";
  const start = async (service: Promise<LocalService>): Promise<Server> => {
    try {
      const running = await service;
      started.push(running);
      return { url: running.url };
    } catch (missing) {
      return { missing };
    }
  };
  return Promise.all([
    start(startPostgres({ dataDir, durability })),
    start(startRedis({ dataDir, durability })),
  ]);
}
