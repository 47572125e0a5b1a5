import { Redis, type RedisOptions } from "ioredis";
import { assertFit } from "./fitness.js";
import { type Inspection, openInspection, type RedisFacts } from "./inspect.js";

/**
 * The Redis behind one address. After a failover the address leads to another server, while
 * connections stay with the old one, which is alive, but a replica now, or cut off. So its server is asked
 * once a second, and connections to another server than the address leads to are made anew. That is seen on
 * a new connection: one every few seconds, and at once where the server is no primary any more or does
 * not answer. A refused write makes its connection anew at once.
 */
export interface RedisAddress {
  /** A connection that follows the address. So do its duplicates, which BullMQ makes to wait on. */
  connect(options: RedisOptions): Redis;
  /**
   * Rejects with an `AppError` of one sentence if queues are not safe on the server, and with a plain
   * error if it does not answer.
   */
  check(): Promise<void>;
  close(): void;
}

export interface RedisAddressOptions {
  /** A key that may be written for a check. */
  readonly probeKey: string;
  /** Called when the address leads to another server than before; entries may be lost with the old one. */
  readonly onFailover?: () => void;
}

const LOOK_EVERY_MS = 1_000;
const LOOK_TIMEOUT_MS = 1_000;
/** How long an old primary that is cut off, and knows nothing of it, may be taken for the right one. */
const CONNECT_ANEW_MS = 4_000;

/** Replies of a server that was a primary, to a write and to a wait. */
const DEMOTED = /READONLY|UNBLOCKED/;

/** Starts to look at the address. Connections are opened by `connect` only. */
export function openRedisAddress(url: string, options: RedisAddressOptions): RedisAddress {
  const followers = new Set<Follower>();
  let runId: string | undefined;
  let closed = false;
  const lookout = createLookout(url, options.probeKey);
  const look = async () => {
    const facts = await lookout.ask();
    // A replica is what remains where the failover is still under way.
    if (facts.role === "master") {
      const isOther = runId !== undefined && runId !== facts.runId;
      runId = facts.runId;
      for (const follower of followers) follower.follow(facts.runId);
      if (isOther && !closed) options.onFailover?.();
    }
    assertFit(facts);
  };
  let last: Promise<void> = look();
  last.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const again = () => {
    if (closed) return;
    timer = setTimeout(() => {
      last = look();
      last.then(again, again);
    }, LOOK_EVERY_MS).unref();
  };
  last.then(again, again);
  return {
    connect: (own) => new Follower(url, followers, { ...own, reconnectOnError }),
    check: () => last,
    close() {
      closed = true;
      clearTimeout(timer);
      lookout.close();
    },
  };
}

/** Asks the server behind the address, on one connection for a few seconds. */
function createLookout(url: string, probeKey: string) {
  let held: Inspection | null = null;
  let until = 0;
  let closed = false;
  const release = () => {
    held?.close();
    held = null;
  };
  return {
    async ask(): Promise<RedisFacts> {
      if (held !== null && performance.now() < until) {
        const facts = await held.ask().catch(() => null);
        if (facts?.role === "master" && facts.writeRefused === null) return facts;
      }
      release();
      const opened = await openInspection(url, { probeKey, timeoutMs: LOOK_TIMEOUT_MS });
      if (closed) opened.close();
      held = opened;
      until = performance.now() + CONNECT_ANEW_MS;
      return opened.ask();
    },
    close() {
      closed = true;
      release();
    },
  };
}

/** The refused command is not sent again: in a transaction it would run outside of it. */
const reconnectOnError = (error: Error): boolean => DEMOTED.test(error.message);

/** A connection that knows which server it is connected to. */
class Follower extends Redis {
  readonly #url: string;
  readonly #all: Set<Follower>;
  #runId: string | undefined;

  constructor(url: string, all: Set<Follower>, options: RedisOptions) {
    // Lazily: the listeners come first.
    super(url, { ...options, lazyConnect: true });
    this.#url = url;
    this.#all = all;
    all.add(this);
    this.on("connect", () => void this.#ask());
    this.on("close", () => {
      this.#runId = undefined;
    });
    this.on("end", () => all.delete(this));
    if (!options.lazyConnect) void this.connect().catch(() => {});
  }

  override duplicate(override: Partial<RedisOptions> = {}): Redis {
    const { lazyConnect: _, ...options } = this.options;
    return new Follower(this.#url, this.#all, { ...options, ...override });
  }

  /** Connects anew unless the server is the one with this id. */
  follow(runId: string): void {
    if (this.#runId !== undefined && this.#runId !== runId) this.disconnect(true);
  }

  /** Before the connection is ready, and so before any command that waits: replies keep the order. */
  async #ask(): Promise<void> {
    const info = await this.info("server").catch(() => "");
    this.#runId = /^run_id:(\S+)/m.exec(info)?.[1];
  }
}
