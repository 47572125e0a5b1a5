import { AppError } from "@winnow/contracts";
import { listFlags, openExport, readMatrices, readPruning } from "@winnow/store";
import type { Deps } from "../deps.js";
import { EXPORT_WRITERS, formatRows } from "../downloads/export-formats.js";
import { sendDownload } from "../downloads/send-download.js";
import type { Handlers } from "../route.js";
import { wholeList } from "../whole-list.js";

/** What confident learning says of a dataset, and the dataset after it. */
export function pruningHandlers({ store, downloads }: Deps) {
  return {
    getPruning: ({ params }) => readPruning(store, params.id),
    listFlags: ({ params, query }) => listFlags(store, params.id, query),
    getJoint: ({ params }) => readMatrices(store, params.id),
    listPruningClasses: async ({ params }) =>
      wholeList([...(await readMatrices(store, params.id)).perClass]),
    listPruningPairs: async ({ params }) =>
      wholeList([...(await readMatrices(store, params.id)).pairs]),

    async exportPruning({ params: { id }, query: { split, format } }, reply) {
      if (split === "relabelled" || split === "soft") {
        throw new AppError("not-implemented", `The split ${split} is not available.`, {
          errors: [{ pointer: "/query/split", detail: "Use cleaned, noise or all" }],
        });
      }
      const rows = await openExport(store, id, split);
      const writer = EXPORT_WRITERS[format];
      return sendDownload(reply, downloads, {
        filename: `winnow-${id}-${split}.${format}`,
        contentType: writer.contentType,
        // In the HTTP header, not in the file: a first line that is no row breaks parsers.
        headers: { "x-winnow-pruning": id },
        chunks: formatRows(rows, writer),
      });
    },
  } satisfies Partial<Handlers>;
}
