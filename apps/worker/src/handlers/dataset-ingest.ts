import { createHash } from "node:crypto";
import type { ReadStream } from "node:fs";
import { AppError, DatasetIngestParams, type DatasetSource } from "@winnow/contracts";
import { readCorpus } from "@winnow/corpus";
import {
  type DatasetSummary,
  type RejectRow,
  readUpload,
  type SampleRow,
  writeDataset,
} from "@winnow/store";
import type { Handler, HandlerDeps } from "../handler.js";
import type { StoredFile } from "../storage.js";

/** Streams a file through its format and label policy into samples and rejects. */
export const ingestDataset: Handler = async (claim, deps) => {
  const params = DatasetIngestParams.parse(claim.params);
  const source = await openSource(params.source, deps);
  try {
    await deps.announce({ step: 0, steps: source.bytes, phase: "reading" });
    await writeDataset(deps.store, claim, readBatches(params, source, deps));
  } finally {
    source.close();
  }
};

async function* readBatches(
  { format, labels, sampling, duplicates }: DatasetIngestParams,
  source: HashedSource,
  deps: HandlerDeps,
): AsyncGenerator<{ samples: SampleRow[]; rejects: RejectRow[] }, DatasetSummary> {
  const batches = readCorpus(source.open, {
    format,
    labels,
    sampling,
    duplicates,
    signal: deps.signal,
    onProgress: (bytesRead) => deps.beat({ step: bytesRead, steps: source.bytes }),
  });
  let hasTrueLabels = false;
  let next = await batches.next();
  for (; !next.done; next = await batches.next()) {
    hasTrueLabels ||= next.value.samples.some((sample) => sample.trueClassIndex !== null);
    yield next.value;
    deps.signal.throwIfAborted();
  }
  deps.beat({ phase: "writing" });
  const { classes, profile } = next.value;
  return {
    classes,
    profile: { ...profile, lengths: { ...profile.lengths }, duplicates: { ...profile.duplicates } },
    sha256: source.sha256(),
    hasTrueLabels,
  };
}

interface HashedSource {
  readonly bytes: number;
  /** Each call reads from the start. */
  open(): AsyncIterable<Uint8Array>;
  /** Of the bytes as they lie in storage, hex. Throws if they are not those that were uploaded. */
  sha256(): string | null;
  /** Ends the streams that are still open. */
  close(): void;
}

async function openSource(source: DatasetSource, deps: HandlerDeps): Promise<HashedSource> {
  switch (source.type) {
    case "upload": {
      const upload = await readUpload(deps.store.pool, source.uploadId);
      return hashed(await deps.storage.upload(upload.storageKey), upload.sha256);
    }
    case "path":
      return hashed(await deps.storage.path(source.path), null);
    case "url":
      throw new AppError("not-implemented", "Sources of type url are not available.");
  }
}

function hashed(file: StoredFile, expected: string | null): HashedSource {
  const streams: ReadStream[] = [];
  let digest = expected;
  return {
    bytes: file.bytes,
    async *open() {
      const hash = createHash("sha256");
      const stream = file.open();
      streams.push(stream);
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        hash.update(chunk);
        yield chunk;
      }
      // Reached only when every byte was read.
      digest = hash.digest("hex");
    },
    sha256() {
      if (expected !== null && digest !== expected) {
        throw new Error(`the stored file has the checksum ${digest}, its upload had ${expected}`);
      }
      return digest;
    },
    close() {
      for (const stream of streams) stream.destroy();
    },
  };
}
