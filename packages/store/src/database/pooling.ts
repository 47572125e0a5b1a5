import pg from "pg";
import { sessionConfig } from "./connection.js";

/**
 * What stands between a URL and Postgres: nothing, a pooler that lends a connection for as long as
 * the client's lasts, or one that lends it for a transaction at a time.
 */
export type Pooling = "none" | "session" | "transaction";

/** How long a pooler with no connection left may take to show it. */
const HELD_UP_MS = 1_000;
const ATTEMPTS = 5;

/**
 * Finds out by what it sees: a pooler's clients have process ids of its own making, and between
 * transactions it lends their connection to others. Rejects when the database cannot be reached.
 */
export async function detectPooling(databaseUrl: string): Promise<Pooling> {
  const first = await connect(databaseUrl);
  const others: pg.Client[] = [];
  try {
    const pid = await backendOf(first);
    if (pid === processIdOf(first)) return "none";
    for (let i = 0; i < ATTEMPTS; i++) {
      const other = await connect(databaseUrl);
      others.push(other);
      // Poolers lend what was given back last. With that one taken, the first client gets another.
      const taken = await unlessHeldUp(other.query("BEGIN").then(() => backendOf(other)));
      if (taken === pid) return "transaction";
      if ((await unlessHeldUp(backendOf(first))) !== pid) return "transaction";
    }
    return "session";
  } catch (error) {
    // Statement pooling, which allows no BEGIN, can do even less than transaction pooling.
    if (/transaction blocks not allowed/.test(String(error))) return "transaction";
    throw error;
  } finally {
    await Promise.all([first, ...others].map((client) => client.end().catch(() => {})));
  }
}

/**
 * Why no session lasts on this URL, to be read after "leads to Postgres through"; null: one does.
 * Rejects when the database cannot be reached.
 */
export const poolerInTheWay = async (databaseUrl: string): Promise<string | null> =>
  (await onSession(databaseUrl, "winnow-pooling", async () => {})).inTheWay;

/** What `work` returned; or why no session lasts, in the words of `poolerInTheWay`. */
export type OnSession<T> =
  | { readonly inTheWay: null; readonly value: T }
  | { readonly inTheWay: string };

/** Runs `work` on a session of its own, if one lasts on this URL. Rejects when the database cannot be reached. */
export async function onSession<T>(
  databaseUrl: string,
  name: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<OnSession<T>> {
  const direct = await inquire(databaseUrl, name, async (client) =>
    (await backendOf(client)) === processIdOf(client)
      ? { inTheWay: null, value: await work(client) }
      : null,
  );
  if (direct !== null) return direct;
  // The first connection is given back before: a small pooler has no second one.
  if ((await detectPooling(databaseUrl)) === "transaction") return { inTheWay: TRANSACTIONS };
  return inquire(databaseUrl, name, async (client) => ({
    inTheWay: null,
    value: await work(client),
  }));
}

const TRANSACTIONS = "a pooler in transaction mode, where no session lasts";

async function inquire<T>(
  databaseUrl: string,
  name: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T | { readonly inTheWay: string }> {
  const client = new pg.Client(sessionConfig(databaseUrl, name));
  client.on("error", () => {}); // a broken connection fails the query that meets it
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    if (!/unsupported startup parameter/.test(String(error))) throw error;
    return { inTheWay: "a pooler that refuses the settings of a session" };
  } finally {
    await client.end().catch(() => {});
  }
}

/** What Postgres said when the connection began, or a pooler in its place. */
const processIdOf = (client: pg.Client): number =>
  (client as unknown as { processID: number }).processID;

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    application_name: "winnow-pooling",
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => {}); // a broken connection fails the query that meets it
  await client.connect();
  return client;
}

async function backendOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return rows[0]?.pid ?? 0;
}

/** Undefined where no connection is left, which no client with one of its own ever sees. */
async function unlessHeldUp(asked: Promise<number>): Promise<number | undefined> {
  asked.catch(() => {}); // it may end with its client, later
  let timer: NodeJS.Timeout | undefined;
  const heldUp = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, HELD_UP_MS, undefined);
  });
  try {
    return await Promise.race([asked, heldUp]);
  } finally {
    clearTimeout(timer);
  }
}
