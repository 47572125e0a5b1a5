import { z } from "zod";
import { Deletion } from "../resources/deletions.js";
import { Flag } from "../resources/flags.js";
import { PageQuery, pageOf, WholeQuery } from "../resources/pages.js";
import { Joint, Pruning, PruningClass, PruningPair } from "../resources/prunings.js";
import { PruningState } from "../states/states.js";
import { queryInteger, queryNumber } from "../values/constraints.js";
import { CrossValidationId, DatasetId, JobId, PruningId } from "../values/ids.js";

const byPruning = z.object({ id: PruningId });

export const PRUNING_ROUTES = {
  listPrunings: {
    method: "GET",
    path: "/v1/prunings",
    scope: "read",
    ofOwner: true,
    summary: "List prunings, newest first",
    query: PageQuery.extend({
      datasetId: DatasetId.optional(),
      crossValidationId: CrossValidationId.optional(),
      state: PruningState.optional(),
      jobId: JobId.optional().meta({ description: "The job that makes it" }),
    }),
    responses: { 200: pageOf(Pruning) },
  },
  getPruning: {
    method: "GET",
    path: "/v1/prunings/:id",
    scope: "read",
    summary:
      "Get a pruning: parameters, counts, warnings, health and the noise rate as the model sees it",
    params: byPruning,
    responses: { 200: Pruning },
  },
  deletePruning: {
    method: "DELETE",
    path: "/v1/prunings/:id",
    scope: "write",
    summary: "Delete a pruning with its flags; 409 while a job uses it",
    params: byPruning,
    responses: { 204: z.null() },
    refusals: ["pruning-in-use"],
  },
  getPruningDeletion: {
    method: "GET",
    path: "/v1/prunings/:id/deletion",
    scope: "read",
    summary: "See what deleting a pruning would remove",
    params: byPruning,
    responses: { 200: Deletion },
  },
  listFlags: {
    method: "GET",
    path: "/v1/prunings/:id/flags",
    scope: "read",
    summary: "List the flags, most doubtful label first",
    params: byPruning,
    query: PageQuery.extend({
      given: z.string().optional().meta({ description: "A class name" }),
      suggested: z.string().optional().meta({ description: "A class name" }),
      fold: queryInteger(0, 255).optional(),
      minStability: queryNumber(0, 1).optional(),
      maxStability: queryNumber(0, 1).optional(),
      order: z
        .enum(["rank", "ordinal", "stability"])
        .meta({ id: "FlagListOrder" })
        .default("rank")
        .meta({ description: "stability: what most models flag first, then by rank" }),
    }),
    responses: { 200: pageOf(Flag) },
    refusals: ["pruning-not-finished"],
  },
  getJoint: {
    method: "GET",
    path: "/v1/prunings/:id/joint",
    scope: "read",
    summary:
      "Get the joint of given and true labels: row = given label, column = estimated true label",
    params: byPruning,
    responses: { 200: Joint },
    refusals: ["pruning-not-finished"],
  },
  listPruningClasses: {
    method: "GET",
    path: "/v1/prunings/:id/classes",
    scope: "read",
    summary: "List the noise of each class, worst quality first",
    params: byPruning,
    query: WholeQuery,
    responses: { 200: pageOf(PruningClass) },
    refusals: ["pruning-not-finished"],
  },
  listPruningPairs: {
    method: "GET",
    path: "/v1/prunings/:id/pairs",
    scope: "read",
    summary: "List pairs of overlapping classes, largest overlap first",
    params: byPruning,
    query: WholeQuery,
    responses: { 200: pageOf(PruningPair) },
    refusals: ["pruning-not-finished"],
  },
} as const;
