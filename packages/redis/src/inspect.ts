import { AppError, tlsFault } from "@winnow/contracts";
import { Redis } from "ioredis";

/** What a server says of itself on a new connection. */
export interface RedisFacts {
  /** Another one after each start of a server, and on each server behind the same address. */
  readonly runId: string;
  readonly server: "Redis" | "Valkey";
  readonly version: string;
  readonly role: "master" | "replica";
  /** undefined: the server does not say, as some managed ones. */
  readonly evictionPolicy: string | undefined;
  /** Bytes; 0: no limit. */
  readonly maxMemory: number;
  readonly appendOnly: boolean;
  readonly isCluster: boolean;
  /** Whether REDIS_URL has a password that the server does not ask for. */
  readonly ignoresPassword: boolean;
  /** How the server refused to write the probe; null: it wrote. */
  readonly writeRefused: string | null;
}

export interface InspectOptions {
  /** A key that may be written, as those of the queues are. */
  readonly probeKey: string;
  readonly timeoutMs: number;
}

/** As the queues' scripts write. The key vanishes by itself. */
const WRITE = "return redis.call('SET', KEYS[1], '1', 'PX', '5000')";

/** A connection on which a server is asked what it is. */
export interface Inspection {
  /** Throws as `inspectRedis` does. */
  ask(): Promise<RedisFacts>;
  close(): void;
}

/**
 * Asks the server on a connection of its own, so that it is the server that the address leads to now.
 * Throws an `AppError` with a sentence if it refuses the password or the database of the URL or its
 * certificate does not hold, and a plain error if it does not answer.
 */
export async function inspectRedis(url: string, options: InspectOptions): Promise<RedisFacts> {
  const inspection = await openInspection(url, options);
  try {
    return await inspection.ask();
  } finally {
    inspection.close();
  }
}

/** Connects to the server that the address leads to now. Throws as `inspectRedis` does. */
export async function openInspection(url: string, options: InspectOptions): Promise<Inspection> {
  const { bare, username, password, database } = partsOf(url);
  const redis = new Redis(bare, {
    connectionName: "winnow-check",
    lazyConnect: true,
    enableReadyCheck: false,
    disableClientInfo: true,
    connectTimeout: options.timeoutMs,
    commandTimeout: options.timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let lost: Error | undefined;
  redis.on("error", (error: Error) => {
    lost ??= error;
  });
  const close = () => redis.disconnect();
  /** Closes the connection after an error, and says what was the matter. */
  const orClosed = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      close();
      if (error instanceof AppError || isReply(error)) throw error;
      // ioredis rejects with "Connection is closed" and emits the reason.
      const cause = lost ?? error;
      const fault = tlsFault(cause, { name: "Redis", setting: "REDIS_URL" });
      throw fault === null ? cause : new AppError("not-ready", fault, { cause });
    }
  };
  const open = async () => {
    await redis.connect();
    const ignores = await authenticate(redis, username, password);
    await select(redis, database);
    return ignores;
  };
  const ignoresPassword = await orClosed(open());
  const ask = async () => ({
    ...(await readFacts(redis, options.probeKey)),
    ignoresPassword,
  });
  return { ask: () => orClosed(ask()), close };
}

async function readFacts(
  redis: Redis,
  probeKey: string,
): Promise<Omit<RedisFacts, "ignoresPassword">> {
  const info = readInfo(await redis.info().catch(refused));
  if (info.get("loading") === "1") throw new Error("Redis is loading its data");
  return {
    ...factsOf(info),
    writeRefused: await redis.eval(WRITE, 1, probeKey).then(() => null, messageOfReply),
  };
}

/** Password and database are sent by hand: ioredis goes on without them when the server refuses. */
function partsOf(url: string) {
  const bare = new URL(url);
  const [username, password] = [bare.username, bare.password].map(decodeURIComponent);
  const database = bare.pathname.replace(/^\//, "") || bare.searchParams.get("db") || "0";
  bare.username = "";
  bare.password = "";
  bare.pathname = "";
  bare.searchParams.delete("db");
  return { bare: bare.href, username: username!, password: password!, database };
}

async function authenticate(redis: Redis, username: string, password: string): Promise<boolean> {
  if (password === "") return false;
  try {
    await redis.call("AUTH", ...(username === "" ? [password] : [username, password]));
    return false;
  } catch (error) {
    if (!isReply(error)) throw error;
    if (/without any password configured|no password is set/.test(error.message)) return true;
    throw new AppError(
      "not-ready",
      `Redis refuses the password of REDIS_URL (${error.message}): correct user and password there`,
    );
  }
}

async function select(redis: Redis, database: string): Promise<void> {
  if (!/^\d{1,9}$/.test(database)) {
    throw new AppError(
      "not-ready",
      // Not what it ends with: that may be the rest of a password.
      "REDIS_URL ends with something else than the number of a database: correct it, and percent-encode its password",
    );
  }
  if (Number(database) === 0) return;
  try {
    await redis.call("SELECT", database);
  } catch (error) {
    if (!isReply(error)) throw error;
    if (error.message.startsWith("NOAUTH")) return refused(error);
    throw new AppError(
      "not-ready",
      `Redis has no database ${database} (${error.message}): end REDIS_URL with one that it has, or with none for database 0`,
    );
  }
}

/** INFO answers everybody who may come in at all. */
function refused(error: unknown): never {
  if (!isReply(error)) throw error;
  if (error.message.startsWith("NOAUTH")) {
    throw new AppError(
      "not-ready",
      `Redis demands a password (${error.message}): write REDIS_URL as redis://:PASSWORD@host:port`,
    );
  }
  if (/^(NOPERM|DENIED|ERR)/.test(error.message)) {
    throw new AppError("not-ready", `Redis refuses INFO (${error.message})`);
  }
  throw error;
}

function readInfo(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).map((line) => /^([^#:]+):(.*)$/.exec(line));
  return new Map(lines.flatMap((found) => (found ? [[found[1]!, found[2]!] as const] : [])));
}

function factsOf(
  info: ReadonlyMap<string, string>,
): Omit<RedisFacts, "ignoresPassword" | "writeRefused"> {
  const valkey = info.get("valkey_version");
  return {
    runId: info.get("run_id") ?? "",
    server: valkey === undefined ? "Redis" : "Valkey",
    version: valkey ?? info.get("redis_version") ?? "0",
    role: info.get("role") === "slave" ? "replica" : "master",
    evictionPolicy: info.get("maxmemory_policy"),
    maxMemory: Number(info.get("maxmemory") ?? 0),
    appendOnly: info.get("aof_enabled") === "1",
    isCluster: info.get("cluster_enabled") === "1",
  };
}

/** An error that the server sent, as opposed to one of the connection. */
const isReply = (error: unknown): error is Error =>
  error instanceof Error && error.name === "ReplyError";

function messageOfReply(error: unknown): string {
  if (isReply(error)) return error.message;
  throw error;
}
