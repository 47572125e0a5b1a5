import type { Attributes, Span } from "@winnow/tracing";
import type { FastifyRequest } from "fastify";
import { problemCodeOf } from "./problems.js";

/** What a traced export has streamed so far. */
export interface Streaming {
  /** null until the first chunk is asked for. */
  span: Span | null;
  bytes: number;
  /** null: what is streamed does not consist of rows. */
  rows: number | null;
  /** The code of the problem that broke the stream off. */
  fault: string | null;
}

type Chunks = AsyncIterable<Uint8Array | string>;

/** Passes on the parts of an export, and has spans for them below the request's. */
export interface TracedExport {
  /** Waits for work that comes before the first byte. */
  part<T>(name: string, work: Promise<T>): Promise<T>;
  rows<T>(records: AsyncIterable<T>): AsyncIterable<T>;
  chunks(chunks: Chunks): Chunks;
}

const UNTRACED: TracedExport = {
  part: (_, work) => work,
  rows: (records) => records,
  chunks: (chunks) => chunks,
};

/**
 * The spans of a request that exports, which gets the attributes. The one of the streaming begins with
 * the first chunk; registerTracing ends it with the answer, since only then the last byte has left.
 */
export function traceExport(request: FastifyRequest, attributes: Attributes): TracedExport {
  const { span } = request;
  if (span === null) return UNTRACED;
  span.set(attributes);
  const streaming: Streaming = { span: null, bytes: 0, rows: null, fault: null };
  request.streaming = streaming;
  return {
    async part(name, work) {
      const part = span.child(name);
      try {
        return await work;
      } catch (error) {
        part.fail(problemCodeOf(error, request));
        throw error;
      } finally {
        part.end();
      }
    },
    async *rows(records) {
      streaming.rows = 0;
      for await (const record of records) {
        streaming.rows += 1;
        yield record;
      }
    },
    async *chunks(chunks) {
      streaming.span = span.child("streaming");
      try {
        for await (const chunk of chunks) {
          streaming.bytes += Buffer.byteLength(chunk);
          yield chunk;
        }
      } catch (error) {
        streaming.fault = problemCodeOf(error, request);
        throw error;
      }
    },
  };
}

/** `fault`: why the answer did not reach its end; null where it did. */
export function endStreaming({ span, bytes, rows }: Streaming, fault: string | null): void {
  if (span === null) return;
  span.set({ "winnow.streamed.bytes": bytes, "winnow.streamed.rows": rows });
  if (fault !== null) span.fail(fault);
  span.end();
}
