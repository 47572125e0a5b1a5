import { rm } from "node:fs/promises";
import { AppError, type Upload } from "@winnow/contracts";
import { partOf, storedPath, uploadKey } from "@winnow/storage";
import {
  assertRoomFor,
  chargeUpload,
  deleteUpload,
  insertUpload,
  isConnectionLost,
  newId,
  readUpload,
  type Transaction,
  UploadLocks,
  uploadDeletion,
  wholeUpload,
} from "@winnow/store";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Limiter } from "../access/limiter.js";
import { senderOf } from "../plugins/access.js";
import { auditChange } from "../plugins/audit.js";
import type { Deps } from "../routing/deps.js";
import { answerOnce, isAnswered } from "../routing/idempotency.js";
import type { Handlers, RouteRequest } from "../routing/route.js";
import { appendUpload, uploadView } from "../uploads/append-upload.js";
import { createPreview, PREVIEW_LIMITS } from "../uploads/preview-upload.js";
import { type Reservation, ReservedBytes } from "../uploads/reserved-bytes.js";
import { type StoredFile, storeFile, tooLarge } from "../uploads/store-file.js";
import { encodingOf, hasBody, refuseBody, takeUploadBody } from "../uploads/upload-body.js";

/** Each preview runs in a process of its own. */
const MAX_PREVIEWS = 2;

/** Uploads. The file name on disk is the id of the upload; nothing in it comes from the client. */
export function uploadHandlers({ store, config, closing, uploads }: Deps) {
  const { storageDir, maxUploadBytes, maxStoredBytes } = config;
  const locks = new UploadLocks(store);
  const reserved = new ReservedBytes();
  const previews = new Limiter({ what: "previews", max: MAX_PREVIEWS });
  const preview = createPreview(config.previewLimits ?? PREVIEW_LIMITS, closing);

  /** Receives bytes while the sender has less uploads open than it may. */
  async function inTurn<T>(request: FastifyRequest, receive: () => Promise<T>): Promise<T> {
    const release = uploads.of(senderOf(request)).acquire();
    try {
      return await receive();
    } finally {
      release();
    }
  }

  /** Inserts an upload that the sender owns, if the sender's quota allows it. */
  async function insertCharged(
    tx: Transaction,
    request: RouteRequest<"createUpload">,
    row: Parameters<typeof insertUpload>[1],
  ): Promise<Upload> {
    const { storageKey: _, ...upload } = await insertUpload(tx, row);
    const owner = request.actor?.keyId;
    if (owner) await chargeUpload(tx, row, owner, maxStoredBytes);
    return upload;
  }

  /** Reserves room for a body before it is read; null without a quota. */
  async function reserveRoom(request: RouteRequest<"createUpload">): Promise<Reservation | null> {
    const owner = request.actor?.keyId;
    if (!owner || maxStoredBytes === undefined) return null;
    // A form is slightly longer than its file, and some bodies have no Content-Length.
    const isSize = !request.isMultipart() && encodingOf(request) === "identity";
    const declared = isSize ? Number(request.headers["content-length"] ?? 1) : 1;
    return reserved
      .reserve(owner, declared, (bytes, arriving) =>
        assertRoomFor(store, bytes, owner, maxStoredBytes, arriving),
      )
      .catch((error) => refuseBody(request, error));
  }

  /** Whether an upload whose commit got no answer is committed, or that cannot be known now. */
  const mayBeCommitted = (id: string): Promise<boolean> =>
    readUpload(store, id).then(
      () => true,
      (error) => !(error instanceof AppError),
    );

  /** Stores the whole file from the body of the request. */
  async function storeWhole(request: RouteRequest<"createUpload">, reply: FastifyReply) {
    const id = newId("upload");
    // A replay stores nothing, so the quota may be used up.
    const room = (await isAnswered(store, request)) ? null : await reserveRoom(request);
    let file: StoredFile | undefined;
    let isKept = false;
    try {
      const filename = await takeUploadBody(request, maxUploadBytes, async (chunks, name) => {
        const path = storedPath(storageDir, uploadKey(id));
        file = await storeFile(room?.counted(chunks) ?? chunks, path, maxUploadBytes);
        return name;
      });
      const { bytes, sha256 } = file as StoredFile;
      // The same bytes with the same key are the same request, however they were sent.
      const answer = await answerOnce(store, request, reply, { sha256, bytes }, async (tx) => {
        const row = { id, bytes, sha256, storageKey: uploadKey(id), filename };
        return { status: 201, body: await insertCharged(tx, request, row) };
      });
      isKept = !answer.replayed;
      return answer.body as Upload;
    } catch (error) {
      isKept = isConnectionLost(error) && (await mayBeCommitted(id));
      throw error;
    } finally {
      room?.release();
      if (file && !isKept) await rm(file.path, { force: true });
    }
  }

  /** Starts a resumable upload. */
  async function start(request: RouteRequest<"createUpload">, reply: FastifyReply, bytes: number) {
    if (hasBody(request)) {
      const detail =
        "With Upload-Length the bytes are sent in PATCH requests; this POST must have no body.";
      return refuseBody(request, new AppError("validation-failed", detail));
    }
    if (bytes > maxUploadBytes) throw tooLarge(maxUploadBytes);
    if (bytes === 0)
      throw new AppError("upload-empty", "Upload-Length is 0; an upload needs at least one byte.");
    const answer = await answerOnce(store, request, reply, { uploadLength: bytes }, async (tx) => {
      const id = newId("upload");
      const row = { id, bytes, sha256: null, storageKey: uploadKey(id), filename: null };
      return { status: 201, body: await insertCharged(tx, request, row) };
    });
    return answer.body as Upload;
  }

  return {
    async createUpload(request, reply) {
      const length = request.headers["upload-length"];
      const upload =
        length === undefined
          ? await inTurn(request, () => storeWhole(request, reply))
          : await start(request, reply, Number(length));
      reply.header("location", `/v1/uploads/${upload.id}`);
      return upload;
    },

    async getUpload({ params }) {
      return uploadView(storageDir, await readUpload(store, params.id));
    },

    async appendUpload(request) {
      try {
        return await inTurn(request, () => appendUpload(request, { store, storageDir, locks }));
      } catch (error) {
        return refuseBody(request, error);
      }
    },

    async deleteUpload(request, reply) {
      const { id } = request.params;
      const lock = await locks.take(id);
      if (!lock) {
        throw new AppError("upload-in-use", `Another request is writing to the upload ${id}.`);
      }
      try {
        const key = await deleteUpload(store, id, (tx) => auditChange(tx, request, id));
        const path = storedPath(storageDir, key);
        for (const file of [path, partOf(path)]) {
          // Without its row, a later sweep takes the file for an orphan.
          await rm(file, { force: true }).catch((err) =>
            request.log.warn({ err, id }, "not removed"),
          );
        }
      } finally {
        await lock.release();
      }
      return reply.code(204).send();
    },

    getUploadDeletion: ({ params }) => uploadDeletion(store, params.id),

    async previewUpload(request) {
      const { body } = request;
      const { storageKey } = await wholeUpload(store, request.params.id);
      const release = previews.of(senderOf(request)).acquire();
      try {
        return await preview(storedPath(storageDir, storageKey), body);
      } finally {
        release();
      }
    },
  } satisfies Partial<Handlers>;
}
