import { z } from "zod";
import { Receipt } from "../resources/receipts.js";
import { CrossValidationId, DatasetId, PruningId } from "../values/ids.js";

/** How results were made, with hashes: what `winnow replay` runs again. Each reads all rows. */
export const RECEIPT_ROUTES = {
  getDatasetReceipt: {
    method: "GET",
    path: "/v1/datasets/:id/receipt",
    scope: "read",
    summary: "Get a dataset's receipt: a hash of its rows",
    params: z.object({ id: DatasetId }),
    responses: { 200: Receipt },
    refusals: ["dataset-not-ready"],
  },
  getCrossValidationReceipt: {
    method: "GET",
    path: "/v1/cross-validations/:id/receipt",
    scope: "read",
    summary:
      "Get a cross-validation's receipt: how it was made, and hashes of rows, split and result",
    params: z.object({ id: CrossValidationId }),
    responses: { 200: Receipt },
    refusals: ["cross-validation-not-finished"],
  },
  getPruningReceipt: {
    method: "GET",
    path: "/v1/prunings/:id/receipt",
    scope: "read",
    summary: "Get a pruning's receipt: that of its cross-validation, with its parameters and flags",
    params: z.object({ id: PruningId }),
    responses: { 200: Receipt },
    refusals: ["pruning-not-finished"],
  },
} as const;
