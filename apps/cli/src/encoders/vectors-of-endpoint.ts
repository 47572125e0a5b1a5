import { join } from "node:path";
import {
  EmbeddingsError,
  EndpointCache,
  embedTexts,
  openGuardedEndpoint,
} from "@winnow/embeddings";
import { writtenVectors } from "@winnow/linear";
import { ScratchFile } from "@winnow/storage";
import type { AuditRows } from "../audit/read-file.js";
import type { OpenVectors } from "../audit/vectors-of-rows.js";
import { CliError } from "../terminal/failure.js";
import { count } from "../terminal/text.js";
import { appendVectors } from "./scratch-vectors.js";

/** Which endpoint turns rows into vectors. */
export interface EndpointPlan {
  readonly url: string;
  readonly model: string | undefined;
  readonly key: string | undefined;
  /** Of all encoders and endpoints: each has a folder of its own below. */
  readonly cacheFolder: string;
  /** Prints a line for people. */
  readonly say: (line: string) => void;
}

/** Vectors of the rows by an embeddings endpoint: every text once, what was answered before from the cache. */
export function vectorsOfEndpoint({ cacheFolder, say, ...options }: EndpointPlan): OpenVectors {
  return async ({ texts, lines }, { signal, onProgress }) => {
    let close: () => Promise<void> = async () => {};
    try {
      const guarded = openGuardedEndpoint(options);
      close = guarded.close;
      const { endpoint } = guarded;
      const folder = join(cacheFolder, endpoint.fingerprint);
      const cache = await EndpointCache.open(folder);
      try {
        const n = texts.count;
        const scratch = new ScratchFile();
        let asked = 0;
        const report = (done: number) => onProgress(done / n);
        const all = embedTexts(endpoint, texts.all(), { cache, signal, onProgress: report });
        for await (const block of all) {
          appendVectors(scratch, block.vectors);
          asked += block.asked;
        }
        say(`${endpoint.name} gave ${count(asked)} vectors, the rest came from ${folder}`);
        if (endpoint.cutTexts > 0) {
          say(
            `${count(endpoint.cutTexts)} texts are longer than it takes: their beginning was embedded`,
          );
        }
        return writtenVectors(scratch, n, endpoint.width!);
      } catch (error) {
        throw explained(error, { cache, folder, lines });
      } finally {
        await cache.close();
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof EmbeddingsError)) throw error;
      throw new CliError(error.code, error.message, { cause: error });
    } finally {
      await close();
    }
  };
}

interface Found {
  readonly cache: EndpointCache;
  readonly folder: string;
  readonly lines: AuditRows["lines"];
}

/** The error, with what a person can do about it here. */
function explained(error: unknown, { cache, folder, lines }: Found): unknown {
  if (!(error instanceof EmbeddingsError)) return error;
  const { code, message, place } = error;
  if (place !== undefined) {
    const where = `line ${lines[place]}: ${message}`;
    return new CliError(code, `${where}; shorten or leave out its text`, { cause: error });
  }
  if (code === "other-model") {
    const advice = `Name the one that you mean by --embeddings-model, or delete ${folder}`;
    return new CliError(code, `${message}. ${advice}`, { cause: error });
  }
  if (code === "damaged-cache" || cache.width === null) return error;
  const advice =
    code === "endpoint-answer"
      ? `If another model is meant than before, delete ${folder}.`
      : `What it gave so far is in ${folder}: the same command goes on there.`;
  return new CliError(code, `${message}\n${advice}`, { cause: error });
}
