import { z } from "zod";
import { CORPUS_CODES } from "../errors/error-translation.js";
import { LabelPolicy, RequestedFormat } from "../parameters/dataset-parameters.js";
import { Deletion } from "../resources/deletions.js";
import { Upload, UploadPreview } from "../resources/uploads.js";
import { BODY_BYTES } from "../values/body-bytes.js";
import { UploadId } from "../values/ids.js";

/** First, last and total; the first two are missing in a request to complete the upload. */
export const CONTENT_RANGE = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15})$/;
const RANGE_FAULT = 'Send "Content-Range: bytes FIRST-LAST/TOTAL".';
const LENGTH_FAULT = "Upload-Length must be the size of the file in bytes.";

const byUpload = z.object({ id: UploadId });

/** Files on their way in. */
export const UPLOAD_ROUTES = {
  createUpload: {
    method: "POST",
    path: "/v1/uploads",
    scope: "write",
    ofOwner: true,
    idempotencyKey: true,
    summary: "Upload a file, or start a resumable upload with Upload-Length",
    headers: z.looseObject({
      "upload-length": z
        .string()
        .regex(/^\d{1,15}$/, LENGTH_FAULT)
        .optional()
        .meta({
          description:
            "The size in bytes of a file that is sent in PATCH requests; the POST then has no body",
        }),
    }),
    bytes: {
      contentTypes: ["application/octet-stream", "multipart/form-data"],
      description:
        "The file, plain, gzip, zstd or zip, as the body itself or as the form's one file",
    },
    responses: { 201: Upload },
    refusals: ["upload-empty", "quota-exceeded"],
  },
  getUpload: {
    method: "GET",
    path: "/v1/uploads/:id",
    scope: "read",
    summary: "Get an upload: its size, how much has arrived, and its checksum",
    params: byUpload,
    responses: { 200: Upload },
  },
  appendUpload: {
    method: "PATCH",
    path: "/v1/uploads/:id",
    scope: "write",
    summary: "Append bytes to a resumable upload, starting where it stopped",
    params: byUpload,
    headers: z.looseObject({
      "content-range": z.string().regex(CONTENT_RANGE, RANGE_FAULT).meta({
        description:
          "`bytes FIRST-LAST/TOTAL`; `bytes */TOTAL` completes an upload whose bytes have all arrived",
      }),
    }),
    bytes: { contentTypes: ["application/octet-stream"], description: "The bytes of the range" },
    responses: { 200: Upload },
    refusals: ["upload-conflict"],
  },
  deleteUpload: {
    method: "DELETE",
    path: "/v1/uploads/:id",
    scope: "write",
    summary: "Delete an upload and its file; 409 while a job reads it. Its datasets stay",
    params: byUpload,
    responses: { 204: z.null() },
    refusals: ["upload-in-use"],
  },
  getUploadDeletion: {
    method: "GET",
    path: "/v1/uploads/:id/deletion",
    scope: "read",
    summary: "See what deleting an upload would remove",
    params: byUpload,
    responses: { 200: Deletion },
  },
  previewUpload: {
    method: "POST",
    path: "/v1/uploads/:id/preview",
    scope: "read",
    summary: "Preview the start of an upload: rows, format, columns and classes",
    params: byUpload,
    body: z.strictObject({
      format: RequestedFormat.optional(),
      labels: LabelPolicy.optional(),
      rows: z.int().min(1).max(200).default(20),
    }),
    maxBodyBytes: BODY_BYTES.aliases,
    responses: { 200: UploadPreview },
    refusals: ["upload-incomplete", ...Object.values(CORPUS_CODES)],
  },
} as const;
