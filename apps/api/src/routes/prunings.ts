import {
  deletePruning,
  listFlags,
  pruningDeletion,
  readMatrices,
  readPruning,
} from "@winnow/store";
import { checkWritable } from "../downloads/check-writable.js";
import { exportWriter } from "../downloads/export-formats.js";
import { openSplit } from "../downloads/export-splits.js";
import { sendDownload } from "../downloads/send-download.js";
import { auditChange } from "../plugins/audit.js";
import type { Deps } from "../routing/deps.js";
import type { Handlers } from "../routing/route.js";
import { wholeList } from "../routing/whole-list.js";

/** The results of confident learning, and the exports of the dataset. */
export function pruningHandlers({ store, downloads }: Deps) {
  return {
    getPruning: ({ params }) => readPruning(store, params.id),
    async deletePruning(request, reply) {
      const { id } = request.params;
      await deletePruning(store, id, (tx) => auditChange(tx, request, id));
      return reply.code(204).send();
    },
    getPruningDeletion: ({ params }) => pruningDeletion(store, params.id),
    listFlags: ({ params, query }) => listFlags(store, params.id, query),
    getJoint: ({ params }) => readMatrices(store, params.id),
    listPruningClasses: async ({ params }) =>
      wholeList([...(await readMatrices(store, params.id)).perClass]),
    listPruningPairs: async ({ params }) =>
      wholeList([...(await readMatrices(store, params.id)).pairs]),

    async exportPruning({ params: { id }, query }, reply) {
      const { split, format } = query;
      const formulaGuard = query.formulaGuard === "true";
      const writer = exportWriter({
        split,
        format,
        formulaGuard,
        clean: query.unwritable === "clean",
      });
      const cleaned = await checkWritable({ store, downloads }, id, query);
      const records = await openSplit(store, id, split);
      return sendDownload(reply, downloads, {
        filename: `winnow-${id}-${split}.${writer.extension}`,
        contentType: writer.contentType,
        // In the HTTP headers, not in the file: a first line that is no row breaks parsers.
        headers: {
          "x-winnow-pruning": id,
          "x-winnow-formula-guard": query.formulaGuard,
          "x-winnow-cleaned-rows": String(cleaned),
        },
        chunks: writer.write(records),
      });
    },
  } satisfies Partial<Handlers>;
}
