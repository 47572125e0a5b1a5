import { z } from "zod";
import { RunMember } from "../parameters/model-parameters.js";
import { CrossValidation, Fold, FoldModel } from "../resources/cross-validations.js";
import { Deletion } from "../resources/deletions.js";
import { PageQuery, pageOf, WholeQuery } from "../resources/pages.js";
import { CrossValidationState } from "../states/states.js";
import { queryInteger } from "../values/constraints.js";
import { CrossValidationId, DatasetId, JobId } from "../values/ids.js";
import { Stream } from "./stream.js";

export const MODEL_FILES = [
  "config.json",
  "vocab.txt",
  "tokenizer_config.json",
  "model.safetensors",
] as const;
export const PROBABILITY_PARTS = ["probabilities", "labels", "folds", "ids"] as const;

const byCrossValidation = z.object({ id: CrossValidationId });

export const CROSS_VALIDATION_ROUTES = {
  listCrossValidations: {
    method: "GET",
    path: "/v1/cross-validations",
    scope: "read",
    ofOwner: true,
    summary: "List cross-validations, newest first",
    query: PageQuery.extend({
      datasetId: DatasetId.optional(),
      state: CrossValidationState.optional(),
      jobId: JobId.optional().meta({ description: "The job that makes it" }),
      parentId: CrossValidationId.optional().meta({
        description: "The members of this run's pool; without it no members are listed",
      }),
    }),
    responses: { 200: pageOf(CrossValidation) },
  },
  getCrossValidation: {
    method: "GET",
    path: "/v1/cross-validations/:id",
    scope: "read",
    summary: "Get a cross-validation: configuration, seed, backend and result",
    params: byCrossValidation,
    responses: { 200: CrossValidation },
  },
  listFolds: {
    method: "GET",
    path: "/v1/cross-validations/:id/folds",
    scope: "read",
    summary: "List a cross-validation's folds with their learning curves and metrics",
    params: byCrossValidation,
    query: WholeQuery,
    responses: { 200: pageOf(Fold) },
  },
  getProbabilities: {
    method: "GET",
    path: "/v1/cross-validations/:id/probabilities",
    scope: "read",
    summary: "Download probabilities, labels, folds or ids as npy",
    params: byCrossValidation,
    query: z.strictObject({
      format: z.enum(["npy"]).default("npy"),
      part: z
        .enum(PROBABILITY_PARTS)
        .meta({ id: "ProbabilityPart" })
        .default("probabilities")
        .meta({
          description:
            "float32 (rows, classes), or (rows): int32 labels or folds, or ids, in sample order. ids are " +
            "the file's, as unicode strings (empty for a row without one), or the int64 ids of the " +
            "samples if no row has one",
        }),
      member: RunMember.optional().meta({
        description:
          "Of one model of the run's pool instead of the pool; with a network, linear is its linear part, which its probabilities have averaged in",
      }),
    }),
    responses: { 200: Stream },
    produces: ["application/octet-stream"],
    refusals: ["cross-validation-not-finished", "member-not-found", "ids-too-long"],
  },
  listModels: {
    method: "GET",
    path: "/v1/cross-validations/:id/models",
    scope: "read",
    summary: "List the models of the folds, if the training kept them",
    params: byCrossValidation,
    query: WholeQuery,
    responses: { 200: pageOf(FoldModel) },
  },
  getModelFile: {
    method: "GET",
    path: "/v1/cross-validations/:id/models/:fold/:file",
    scope: "read",
    summary: "Download one file of a fold's model, a Hugging Face folder",
    params: byCrossValidation.extend({
      fold: queryInteger(0, 255),
      file: z.enum(MODEL_FILES).meta({ id: "ModelFileName" }),
    }),
    responses: { 200: Stream },
    produces: ["application/octet-stream"],
  },
  deleteCrossValidation: {
    method: "DELETE",
    path: "/v1/cross-validations/:id",
    scope: "write",
    summary: "Delete a cross-validation with its prunings and models; 409 while a job uses it",
    params: byCrossValidation,
    responses: { 204: z.null() },
    refusals: ["cross-validation-in-use"],
  },
  getCrossValidationDeletion: {
    method: "GET",
    path: "/v1/cross-validations/:id/deletion",
    scope: "read",
    summary: "See what deleting a cross-validation would remove",
    params: byCrossValidation,
    responses: { 200: Deletion },
  },
} as const;
