import { rm } from "node:fs/promises";
import { AppError, type Upload } from "@winnow/contracts";
import { storedPath, uploadKey } from "@winnow/storage";
import {
  assertRoomFor,
  chargeUpload,
  insertUpload,
  isConnectionLost,
  newId,
  readUpload,
  type Transaction,
  UploadLocks,
  wholeUpload,
} from "@winnow/store";
import type { FastifyReply } from "fastify";
import { Slots } from "../access/limiter.js";
import { answerOnce, isAnswered } from "../routing/idempotency.js";
import type { Handlers, RouteRequest } from "../routing/route.js";
import { appendUpload, uploadView } from "../uploads/append-upload.js";
import { parseUploadLength } from "../uploads/content-range.js";
import { previewUpload } from "../uploads/preview-upload.js";
import { type StoredFile, storeFile, tooLarge } from "../uploads/store-file.js";
import { hasBody, refuseBody, takeUploadBody } from "../uploads/upload-body.js";
import type { Deps } from "./deps.js";

/** Each is a thread. */
const maxPreviews = 2;

/** Files that came in. The name on disk is the upload's id: nothing of the client's is in it. */
export function uploadHandlers({ store, config }: Deps) {
  const { storageDir, maxUploadBytes, maxStoredBytes } = config;
  const locks = new UploadLocks(store);
  const previews = new Slots(maxPreviews, "previews");

  /** Notes an upload as the sender's own, if its quota has room for it. */
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

  /** A body that has no room is not taken. */
  async function refuseWithoutRoom(request: RouteRequest<"createUpload">): Promise<void> {
    const owner = request.actor?.keyId;
    if (!owner || maxStoredBytes === undefined) return;
    // A form is a little longer than its file, and some bodies do not say how long they are.
    const atLeast = request.isMultipart() ? 1 : Number(request.headers["content-length"] ?? 1);
    await assertRoomFor(store, atLeast, owner, maxStoredBytes).catch((error) =>
      refuseBody(request, error),
    );
  }

  /** Whether an upload whose commit got no answer was committed, or that cannot be asked. */
  const mayBeThere = (id: string): Promise<boolean> =>
    readUpload(store, id).then(
      () => true,
      (error) => !(error instanceof AppError),
    );

  /** Takes the whole file with the request. */
  async function takeWhole(request: RouteRequest<"createUpload">, reply: FastifyReply) {
    const id = newId("upload");
    // The replay of an upload that took the last room needs none.
    if (!(await isAnswered(store, request))) await refuseWithoutRoom(request);
    let file: StoredFile | undefined;
    let isOurs = false;
    try {
      const filename = await takeUploadBody(request, maxUploadBytes, async (chunks, name) => {
        file = await storeFile(chunks, storedPath(storageDir, uploadKey(id)), maxUploadBytes);
        return name;
      });
      const { bytes, sha256 } = file as StoredFile;
      // The same bytes under the same key are the same request, however they were sent.
      const answer = await answerOnce(store, request, reply, { sha256, bytes }, async (tx) => {
        const row = { id, bytes, sha256, storageKey: uploadKey(id), filename };
        return { status: 201, body: await insertCharged(tx, request, row) };
      });
      isOurs = !answer.replayed;
      return answer.body as Upload;
    } catch (error) {
      isOurs = isConnectionLost(error) && (await mayBeThere(id));
      throw error;
    } finally {
      if (file && !isOurs) await rm(file.path, { force: true });
    }
  }

  /** Begins an upload whose bytes come later. */
  async function begin(request: RouteRequest<"createUpload">, reply: FastifyReply, bytes: number) {
    if (hasBody(request)) {
      const detail = "With Upload-Length the bytes come in PATCH requests, not with this one.";
      return refuseBody(request, new AppError("validation-failed", detail));
    }
    if (bytes > maxUploadBytes) throw tooLarge(maxUploadBytes);
    if (bytes === 0) throw new AppError("upload-empty", "The upload is to hold no byte.");
    const answer = await answerOnce(store, request, reply, { uploadLength: bytes }, async (tx) => {
      const id = newId("upload");
      const row = { id, bytes, sha256: null, storageKey: uploadKey(id), filename: null };
      return { status: 201, body: await insertCharged(tx, request, row) };
    });
    return answer.body as Upload;
  }

  return {
    async createUpload(request, reply) {
      const length = parseUploadLength(request.headers["upload-length"]);
      const upload =
        length === null ? await takeWhole(request, reply) : await begin(request, reply, length);
      reply.header("location", `/v1/uploads/${upload.id}`);
      return upload;
    },

    async getUpload({ params }) {
      return uploadView(storageDir, await readUpload(store, params.id));
    },

    async appendUpload(request) {
      try {
        return await appendUpload(request, { store, storageDir, locks });
      } catch (error) {
        return refuseBody(request, error);
      }
    },

    async previewUpload({ params, body }) {
      const { storageKey } = await wholeUpload(store, params.id);
      const giveBack = previews.take();
      try {
        return await previewUpload(storedPath(storageDir, storageKey), body);
      } finally {
        giveBack();
      }
    },
  } satisfies Partial<Handlers>;
}
