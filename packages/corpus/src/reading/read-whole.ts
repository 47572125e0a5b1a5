import type { IngestOptions } from "../options/ingest-options.js";
import type { CorpusReject, CorpusSample } from "../rows/samples.js";
import type { CorpusSummary } from "../statistics/profile.js";
import { readCorpus } from "./read-corpus.js";

/** Everything that `readCorpus` yields and returns. */
export interface WholeCorpus extends CorpusSummary {
  samples: CorpusSample[];
  rejects: CorpusReject[];
}

/**
 * Reads a file that is small enough to be held in memory. `file` is its bytes, or a text to encode
 * as UTF-8; it is passed on in pieces of `chunkBytes`.
 */
export async function readWhole(
  file: Uint8Array | string,
  options: IngestOptions,
  chunkBytes = 64 * 1024,
): Promise<WholeCorpus> {
  const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
  async function* open(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      yield bytes.subarray(at, at + chunkBytes);
    }
  }
  const samples: CorpusSample[] = [];
  const rejects: CorpusReject[] = [];
  const batches = readCorpus(open, options);
  for (;;) {
    const next = await batches.next();
    if (next.done) return { ...next.value, samples, rejects };
    samples.push(...next.value.samples);
    rejects.push(...next.value.rejects);
  }
}
