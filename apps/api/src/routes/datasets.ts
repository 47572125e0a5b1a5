import {
  assertGoesAlone,
  datasetDeletion,
  deleteDataset,
  listClasses,
  listDatasets,
  listRejects,
  listSamples,
  readDataset,
  readProfile,
} from "@winnow/store";
import { removeModels } from "../downloads/model-files.js";
import { onlyOwner } from "../plugins/access.js";
import { auditChange } from "../plugins/audit.js";
import type { Deps } from "../routing/deps.js";
import type { Handlers } from "../routing/route.js";

/** Datasets and what was read into them. */
export function datasetHandlers({ store, config }: Deps) {
  return {
    listDatasets: (request) =>
      listDatasets(store, { ...request.query, ownerId: onlyOwner(request) }),
    getDataset: (request) => readDataset(store, request.params.id, { ownerId: onlyOwner(request) }),
    async deleteDataset(request, reply) {
      const { id } = request.params;
      const runs = await deleteDataset(
        store,
        id,
        (tx) => auditChange(tx, request, id),
        onlyOwner(request),
      );
      await removeModels(config.storageDir, runs);
      return reply.code(204).send();
    },
    async getDatasetDeletion(request) {
      const goes = await datasetDeletion(store, request.params.id);
      await assertGoesAlone(store, onlyOwner(request), [
        ...goes.crossValidations,
        ...goes.prunings,
      ]);
      return goes;
    },
    getDatasetProfile: ({ params }) => readProfile(store, params.id),
    listDatasetClasses: ({ params, query }) => listClasses(store, params.id, query),
    listSamples: ({ params, query }) => listSamples(store, params.id, query),
    listRejects: ({ params, query }) => listRejects(store, params.id, query),
  } satisfies Partial<Handlers>;
}
