import type pg from "pg";
import QueryStream from "pg-query-stream";
import { type Store, streamsOf } from "./client.js";

interface StreamedQuery {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Rows that are fetched at a time. */
  readonly batchRows: number;
  /** Runs on the same connection after the last row. */
  readonly after?: (connection: pg.PoolClient) => Promise<void>;
}

/** The rows of a query as they are consumed. It holds a connection until the iteration ends. */
export async function* streamQuery<R>(store: Store, query: StreamedQuery): AsyncGenerator<R> {
  const client = await streamsOf(store).connect();
  let failure: Error | undefined;
  const { text, values, batchRows } = query;
  const stream = client.query(new QueryStream(text, [...values], { batchSize: batchRows }));
  try {
    for await (const row of stream as AsyncIterable<R>) yield row;
    await query.after?.(client);
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    stream.destroy();
    client.release(failure);
  }
}
