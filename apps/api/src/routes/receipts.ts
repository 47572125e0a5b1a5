import type { FastifyReply, FastifyRequest } from "fastify";
import { senderOf } from "../plugins/access.js";
import { VERSION } from "../plugins/version.js";
import {
  crossValidationReceipt,
  datasetReceipt,
  pruningReceipt,
  type ReceiptSource,
} from "../receipts/read-receipt.js";
import type { Deps } from "../routing/deps.js";
import type { Handlers } from "../routing/route.js";

/** How results were made, with hashes. Each reads all rows, so it counts as a download. */
export function receiptHandlers({ store, downloads, closing }: Deps) {
  async function hashed<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    read: (source: ReceiptSource) => Promise<T>,
  ): Promise<T> {
    const gone = new AbortController();
    const release = downloads.of(senderOf(request)).acquire();
    reply.raw.once("close", () => gone.abort());
    const signal = AbortSignal.any([closing, gone.signal]);
    return await read({ store, version: VERSION, signal }).finally(release);
  }
  return {
    getDatasetReceipt: (request, reply) =>
      hashed(request, reply, (source) => datasetReceipt(source, request.params.id)),
    getCrossValidationReceipt: (request, reply) =>
      hashed(request, reply, (source) => crossValidationReceipt(source, request.params.id)),
    getPruningReceipt: (request, reply) =>
      hashed(request, reply, (source) => pruningReceipt(source, request.params.id)),
  } satisfies Partial<Handlers>;
}
