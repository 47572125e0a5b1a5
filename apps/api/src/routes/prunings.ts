import {
  deletePruning,
  listFlags,
  listPrunings,
  pageOfArray,
  pruningDeletion,
  readClassNoise,
  readClassPairs,
  readExportSource,
  readPruning,
  streamJoint,
  withSampledNoise,
} from "@winnow/store";
import { tarOf } from "../dataset-folder/tar.js";
import { writeFolder } from "../dataset-folder/write-folder.js";
import { checkWritable } from "../downloads/check-writable.js";
import {
  exportFormat,
  PLAIN_LAYOUT,
  refuseEvidence,
  refuseSoft,
} from "../downloads/export-formats.js";
import { openSplit } from "../downloads/export-splits.js";
import { columnsLeftOut } from "../downloads/line-rows.js";
import { sendDownload } from "../downloads/send-download.js";
import { writeExport } from "../downloads/write-export.js";
import { onlyOwner, senderOf } from "../plugins/access.js";
import { auditChange } from "../plugins/audit.js";
import { traceExport } from "../plugins/export-spans.js";
import { VERSION } from "../plugins/version.js";
import type { Deps } from "../routing/deps.js";
import type { Handlers } from "../routing/route.js";

/** The results of confident learning, and the exports of the dataset. */
export function pruningHandlers({ store, downloads, config, closing }: Deps) {
  return {
    async listPrunings(request) {
      const page = await listPrunings(store, { ...request.query, ownerId: onlyOwner(request) });
      return { ...page, data: await withSampledNoise(store, page.data) };
    },
    async getPruning({ params }) {
      const [pruning] = await withSampledNoise(store, [await readPruning(store, params.id)]);
      return pruning!;
    },
    async deletePruning(request, reply) {
      const { id } = request.params;
      await deletePruning(store, id, (tx) => auditChange(tx, request, id));
      return reply.code(204).send();
    },
    getPruningDeletion: ({ params }) => pruningDeletion(store, params.id),
    listFlags: ({ params, query }) => listFlags(store, params.id, query),
    async getJoint(request, reply) {
      const chunks = await streamJoint(store, request.params.id);
      return sendDownload(reply, downloads.of(senderOf(request)), {
        contentType: "application/json",
        chunks,
      });
    },
    listPruningClasses: async ({ params: { id }, query }) =>
      pageOfArray(["class-noise", id], await readClassNoise(store, id), query),
    listPruningPairs: async ({ params: { id }, query }) =>
      pageOfArray(["pairs", id], await readClassPairs(store, id), query),

    async exportPruning(request, reply) {
      const { query } = request;
      const { id } = request.params;
      const turns = downloads.of(senderOf(request));
      const { split, columns, reviews } = query;
      const source = await readExportSource(store, id);
      const layout = source.layout ?? PLAIN_LAYOUT;
      const guard = query.formulaGuard === "true";
      const format = exportFormat({ format: query.format, columns, formulaGuard: guard }, layout);
      refuseSoft(split, format);
      const evidence = query.evidence === "true";
      if (evidence) refuseEvidence(columns, format);
      const clean = query.unwritable === "clean";
      const plan = { ...source, split, reviews, format, columns, layout, clean, evidence };
      const traced = traceExport(request, {
        "winnow.pruning.id": id,
        "winnow.split": split,
        "winnow.format": format.type,
      });
      const checked = checkWritable({ store, downloads: turns }, id, plan);
      const cleaned = await traced.part("checking", checked);
      const records = traced.rows(await openSplit(store, id, split, { reviews, evidence }));
      return sendDownload(reply, turns, {
        filename: `winnow-${id}-${split}.${format.extension}`,
        contentType: format.contentType,
        // In the HTTP headers, not in the file: a first line that is no row breaks parsers.
        headers: {
          "x-winnow-pruning": id,
          "x-winnow-reviews": reviews,
          "x-winnow-format": format.type,
          "x-winnow-formula-guard": String(format.formulaGuard),
          "x-winnow-cleaned-rows": String(cleaned),
          "x-winnow-columns-left-out": String(columnsLeftOut(format.type, layout)),
        },
        chunks: traced.chunks(writeExport(records, plan)),
      });
    },

    async exportDatasetFolder(request, reply) {
      const { name, description, license, url, creator, reviews } = request.query;
      const { id } = request.params;
      const turns = downloads.of(senderOf(request));
      const gone = new AbortController();
      const release = turns.acquire();
      reply.raw.once("close", () => gone.abort());
      const given = (value: string | undefined) => value ?? null;
      const traced = traceExport(request, { "winnow.pruning.id": id });
      const writing = writeFolder({ store, storageDir: config.storageDir }, id, {
        words: {
          name: given(name),
          description: given(description),
          license: given(license),
          url: given(url),
          creator: given(creator),
        },
        reviews,
        version: VERSION,
        signal: AbortSignal.any([closing, gone.signal]),
      }).finally(release);
      const folder = await traced.part("writing", writing);
      reply.raw.once("close", folder.close);
      if (reply.raw.destroyed) folder.close();
      return sendDownload(reply, turns, {
        filename: `winnow-${id}.tar`,
        contentType: "application/x-tar",
        headers: { "x-winnow-pruning": id, "x-winnow-reviews": reviews },
        chunks: traced.chunks(tarOf(folder.files, folder.createdAt)),
      });
    },
  } satisfies Partial<Handlers>;
}
