import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Upload } from "@winnow/contracts";
import { insertUpload, newId, readUpload } from "@winnow/store";
import type { Deps } from "../deps.js";
import { answerOnce } from "../idempotency.js";
import type { Handlers } from "../route.js";
import { type StoredFile, storeFile } from "../uploads/store-file.js";
import { takeUploadBody } from "../uploads/upload-body.js";

/** Files that came in. The name on disk is the upload's id: nothing of the client's is in it. */
export function uploadHandlers({ store, config }: Deps) {
  return {
    async createUpload(request, reply) {
      const id = newId("upload");
      let file: StoredFile | undefined;
      let kept = false;
      try {
        const filename = await takeUploadBody(
          request,
          config.maxUploadBytes,
          async (chunks, name) => {
            const folder = join(config.storageDir, "uploads");
            file = await storeFile(chunks, { folder, name: id, maxBytes: config.maxUploadBytes });
            return name;
          },
        );
        const { bytes, sha256 } = file as StoredFile;
        // The same bytes under the same key are the same request, however they were sent.
        const answer = await answerOnce(store, request, reply, { sha256, bytes }, async (tx) => {
          const row = { id, bytes, sha256, storageKey: `uploads/${id}`, filename };
          const { storageKey: _, ...upload } = await insertUpload(tx, row);
          return { status: 201, body: upload };
        });
        kept = !answer.replayed;
        const upload = answer.body as Upload;
        reply.header("location", `/v1/uploads/${upload.id}`);
        return upload;
      } finally {
        if (file && !kept) await rm(file.path, { force: true });
      }
    },
    async getUpload(request) {
      const { storageKey: _, ...upload } = await readUpload(store.pool, request.params.id);
      return upload;
    },
  } satisfies Partial<Handlers>;
}
