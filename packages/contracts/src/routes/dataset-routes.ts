import { z } from "zod";
import { Dataset, DatasetClass, DatasetProfile, Reject, Sample } from "../resources/datasets.js";
import { Deletion } from "../resources/deletions.js";
import { PageQuery, pageOf } from "../resources/pages.js";
import { DatasetId } from "../values/ids.js";

const byDataset = z.object({ id: DatasetId });

export const DATASET_ROUTES = {
  listDatasets: {
    method: "GET",
    path: "/v1/datasets",
    scope: "read",
    ofOwner: true,
    summary: "List datasets, newest first",
    query: PageQuery,
    responses: { 200: pageOf(Dataset) },
  },
  getDataset: {
    method: "GET",
    path: "/v1/datasets/:id",
    scope: "read",
    summary: "Get a dataset",
    params: byDataset,
    responses: { 200: Dataset },
  },
  deleteDataset: {
    method: "DELETE",
    path: "/v1/datasets/:id",
    scope: "write",
    summary: "Delete a dataset with its cross-validations and prunings; 409 while a job uses it",
    params: byDataset,
    responses: { 204: z.null() },
    refusals: ["dataset-in-use"],
  },
  getDatasetDeletion: {
    method: "GET",
    path: "/v1/datasets/:id/deletion",
    scope: "read",
    summary: "See what deleting a dataset would remove",
    params: byDataset,
    responses: { 200: Deletion },
  },
  getDatasetProfile: {
    method: "GET",
    path: "/v1/datasets/:id/profile",
    scope: "read",
    summary: "Get a dataset's profile: rows, classes, lengths, duplicates and label conflicts",
    params: byDataset,
    responses: { 200: DatasetProfile },
    refusals: ["dataset-not-ready"],
  },
  listDatasetClasses: {
    method: "GET",
    path: "/v1/datasets/:id/classes",
    scope: "read",
    summary: "List a dataset's classes by index",
    params: byDataset,
    query: PageQuery,
    responses: { 200: pageOf(DatasetClass) },
  },
  listSamples: {
    method: "GET",
    path: "/v1/datasets/:id/samples",
    scope: "read",
    summary: "List a dataset's samples in input order",
    params: byDataset,
    query: PageQuery,
    responses: { 200: pageOf(Sample) },
  },
  listRejects: {
    method: "GET",
    path: "/v1/datasets/:id/rejects",
    scope: "read",
    summary: "List the lines of the file that were not kept, with the reason",
    params: byDataset,
    query: PageQuery,
    responses: { 200: pageOf(Reject) },
  },
} as const;
