import { finishedCrossValidation, listFolds, readCrossValidation } from "@winnow/store";
import type { Deps } from "../deps.js";
import { npyOfPart } from "../downloads/probability-parts.js";
import { sendDownload } from "../downloads/send-download.js";
import type { Handlers } from "../route.js";
import { wholeList } from "../whole-list.js";

/** K folds over a dataset, and the probabilities that they gave. */
export function crossValidationHandlers({ store, downloads }: Deps) {
  return {
    getCrossValidation: ({ params }) => readCrossValidation(store, params.id),
    listFolds: async ({ params }) => wholeList(await listFolds(store, params.id)),
    async getProbabilities({ params, query }, reply) {
      const run = await finishedCrossValidation(store, params.id);
      return sendDownload(reply, downloads, {
        filename: `winnow-${run.id}-${query.part}.npy`,
        contentType: "application/octet-stream",
        ...npyOfPart(store, run, query.part),
      });
    },
  } satisfies Partial<Handlers>;
}
