import {
  assertGoesAlone,
  deleteCrossValidation,
  finishedCrossValidation,
  listCrossValidations,
  listFolds,
  pageOfArray,
  readCrossValidation,
  readMember,
  runDeletion,
} from "@winnow/store";
import { listModels, modelFile, removeModels } from "../downloads/model-files.js";
import { npyOfPart } from "../downloads/probability-parts.js";
import { sendDownload } from "../downloads/send-download.js";
import { onlyOwner, senderOf } from "../plugins/access.js";
import { auditChange } from "../plugins/audit.js";
import type { Deps } from "../routing/deps.js";
import type { Handlers } from "../routing/route.js";

/** K folds of a dataset and their out-of-sample probabilities. */
export function crossValidationHandlers({ store, downloads, config }: Deps) {
  return {
    listModels: async ({ params: { id }, query }) =>
      pageOfArray(["models", id], await listModels(store, config.storageDir, id), query),
    async getModelFile(request, reply) {
      const { id, fold, file } = request.params;
      const found = await modelFile(store, config.storageDir, { id, fold, file });
      return sendDownload(reply, downloads.of(senderOf(request)), {
        filename: file,
        contentType: "application/octet-stream",
        ...found,
      });
    },
    async deleteCrossValidation(request, reply) {
      const { id } = request.params;
      await deleteCrossValidation(
        store,
        id,
        (tx) => auditChange(tx, request, id),
        onlyOwner(request),
      );
      await removeModels(config.storageDir, [id]);
      return reply.code(204).send();
    },
    async getCrossValidationDeletion(request) {
      const goes = await runDeletion(store, request.params.id);
      await assertGoesAlone(store, onlyOwner(request), goes.prunings);
      return goes;
    },
    listCrossValidations: (request) =>
      listCrossValidations(store, { ...request.query, ownerId: onlyOwner(request) }),
    getCrossValidation: ({ params }) => readCrossValidation(store, params.id),
    listFolds: async ({ params: { id }, query }) =>
      pageOfArray(["folds", id], await listFolds(store, id), query),
    async getProbabilities(request, reply) {
      const { part, member } = request.query;
      const turns = downloads.of(senderOf(request));
      const parent = await finishedCrossValidation(store, request.params.id);
      const run = member === undefined ? parent : await readMember(store, parent.id, member);
      return sendDownload(reply, turns, {
        filename: `winnow-${run.id}-${part}.npy`,
        contentType: "application/octet-stream",
        ...(await npyOfPart({ store, downloads: turns }, run, part)),
      });
    },
  } satisfies Partial<Handlers>;
}
