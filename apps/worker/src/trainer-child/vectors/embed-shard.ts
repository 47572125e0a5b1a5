import { join } from "node:path";
import { EmbeddingsError, embedTexts } from "@winnow/embeddings";
import { type EndpointDeps, type RunEndpoint, withEndpoint } from "./run-endpoint.js";
import {
  alone,
  encodingProgress,
  missingTexts,
  type Shard,
  type ShardClaim,
  type ShardDeps,
  type ShardFigures,
} from "./shards.js";

/**
 * Asks the endpoint for the different texts of a shard that are not in its cache. Throws what
 * `withEndpoint` throws.
 */
export const embedShard = (
  claim: ShardClaim,
  place: Shard,
  deps: ShardDeps & EndpointDeps,
): Promise<ShardFigures> =>
  withEndpoint(deps, (run) =>
    alone(join(run.folder, `${place.shard}-of-${place.shards}`), () =>
      embedMissing(run, claim, place, deps),
    ),
  );

async function embedMissing(
  { endpoint, openCache }: RunEndpoint,
  { datasetId }: ShardClaim,
  place: Shard,
  deps: ShardDeps,
): Promise<ShardFigures> {
  const cache = await openCache();
  try {
    // What is white space alone has no vector anywhere.
    const isDone = (_: Uint8Array, text: string) => text.trim() === "" || cache.has(text);
    const { texts, missing } = await missingTexts(datasetId, place, isDone, deps);
    const report = encodingProgress(deps.send, texts);
    const onProgress = (done: number) => report(texts - missing.count + done);
    const { signal } = new AbortController();
    try {
      const blocks = embedTexts(endpoint, missing.all(), { cache, signal, onProgress });
      for await (const _ of blocks);
    } catch (error) {
      throw named(error, (place) => missing.text(place));
    }
    const { cutTexts } = endpoint;
    if (cutTexts > 0) {
      deps.send({ type: "note", message: "texts cut", data: { texts: cutTexts } });
    }
    const columns = endpoint.width ?? cache.width ?? 0;
    return { texts, encoded: missing.count, columns };
  } finally {
    await cache.close();
  }
}

const SHOWN = 60;

/** The error of a text that is refused, with its beginning. */
function named(error: unknown, textOf: (place: number) => string): unknown {
  if (!(error instanceof EmbeddingsError) || error.place === undefined) return error;
  const start = textOf(error.place).slice(0, SHOWN);
  const message = `${error.message}; shorten or leave out the text that begins ${JSON.stringify(start)}`;
  return new EmbeddingsError(error.code, message, { cause: error });
}
