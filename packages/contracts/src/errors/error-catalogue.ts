// Long because it is one table: every error a caller can meet.

export interface ErrorEntry {
  /** The HTTP status of the answer; in a failed job, the status the same fault would have. */
  readonly status: number;
  /** Whether the same request can succeed later without a change. */
  readonly retryable: boolean;
  readonly title: string;
  /** What happened, in a sentence or two. */
  readonly cause: string;
  /** What the caller or the operator does about it. */
  readonly fix: string;
}

/**
 * The error catalogue. A code never changes once it is released; the texts may. The page at
 * `/errors/<code>` and the reference are made from these entries.
 */
export const ERRORS = {
  // Requests
  "validation-failed": {
    status: 400,
    retryable: false,
    title: "The request does not match its schema",
    cause: "A field, a query parameter or a header is missing, unknown or outside its range.",
    fix: "Correct every place that `errors` names. `/openapi.json` has the schema of each route.",
  },
  "malformed-json": {
    status: 400,
    retryable: false,
    title: "The body is not valid JSON",
    cause: "The JSON parser stopped; `detail` says at which character.",
    fix: "Send a complete JSON document, encoded as UTF-8.",
  },
  "invalid-cursor": {
    status: 400,
    retryable: false,
    title: "The cursor does not belong to this list",
    cause:
      "The `cursor` was changed, cut short, or taken from another list, or from the same list with other filters.",
    fix: "Pass the `nextCursor` of the previous page unchanged and with the same filters, or omit it to start again.",
  },
  "route-not-found": {
    status: 404,
    retryable: false,
    title: "There is no such route",
    cause: "No route of the service has this path.",
    fix: "Check the path against `/openapi.json`, and the base URL that your client uses.",
  },
  "method-not-allowed": {
    status: 405,
    retryable: false,
    title: "The route does not support this method",
    cause: "The path exists, but not with this HTTP method.",
    fix: "Use one of the methods in the `Allow` header.",
  },
  "method-unknown": {
    status: 501,
    retryable: false,
    title: "HTTP knows no such method",
    cause: "The method of the request is none that the parser of HTTP knows.",
    fix: "Check the method's spelling; methods are upper case.",
  },
  "request-timeout": {
    status: 408,
    retryable: true,
    title: "The request came too slowly",
    cause:
      "The headers did not arrive within 20 seconds, or the body came slower than LEAST_BYTES_PER_SECOND over " +
      "a minute.",
    fix: "Send the request again. Over a slow line, upload a file in parts: what arrived is kept.",
  },
  "headers-too-large": {
    status: 431,
    retryable: false,
    title: "The headers are larger than the limit",
    cause: "The headers of the request, its URL included, have more than 16 KiB.",
    fix: "Shorten the URL or leave out headers; cookies of other services on the same host count too.",
  },
  "payload-too-large": {
    status: 413,
    retryable: false,
    title: "The body is larger than the limit",
    cause:
      "The route takes a smaller body: JSON bodies are limited to 64 KiB, 1 MiB or 2 MiB, as " +
      "`/openapi.json` says of each route, uploads to MAX_UPLOAD_BYTES, `url` sources to 4 GiB.",
    fix: "Compress or split the file. The operator can raise MAX_UPLOAD_BYTES. Longer lists of classes are uploaded.",
  },
  "unsupported-media-type": {
    status: 415,
    retryable: false,
    title: "The content type is not accepted here",
    cause: "The route reads JSON, and the request declares another content type.",
    fix: "Send `Content-Type: application/json`. Files go to `POST /v1/uploads`.",
  },
  internal: {
    status: 500,
    retryable: true,
    title: "An internal error",
    cause: "The fault is ours. Its details are in the log of the service or the worker.",
    fix: "Try again. If it happens again, give the operator the `requestId` or the job's id.",
  },
  overloaded: {
    status: 503,
    retryable: true,
    title: "The service is too busy",
    cause: "The process cannot keep up, or as many downloads or previews run as are allowed.",
    fix: "Wait as long as `Retry-After` says. If it persists, run more processes of the API.",
  },
  "not-ready": {
    status: 503,
    retryable: true,
    title: "The service is not ready",
    cause:
      "Postgres, or for the page of the queues Redis, does not answer, or the database is not migrated.",
    fix: "Wait as long as `Retry-After` says. `/readyz` shows what is missing, and `winnow doctor` what to change.",
  },
  "database-read-only": {
    status: 503,
    retryable: true,
    title: "The database only reads",
    cause:
      "Postgres refuses writes: it is a standby, or `default_transaction_read_only` is on, as " +
      "providers set it when a disk is nearly full.",
    fix: "Lead DATABASE_URL to the primary, or have the setting reset. Reads still work meanwhile.",
  },
  "storage-full": {
    status: 507,
    retryable: true,
    title: "The storage is full",
    cause: "No space is left in STORAGE_DIR, in the bucket or on the disk of Postgres.",
    fix: "Free space (`winnow gc` removes what the retention allows), then try again.",
  },
  // Access
  unauthenticated: {
    status: 401,
    retryable: false,
    title: "An API key is required",
    cause: "The request has no API key, or one that is unknown, expired or revoked.",
    fix: "Send `Authorization: Bearer wn_...`. The operator makes keys with `winnow keys create`.",
  },
  forbidden: {
    status: 403,
    retryable: false,
    title: "The request is not allowed",
    cause:
      "The API key lacks the scope that the route needs. Without API keys: a page of another " +
      "origin sent the request, or it used a host name that is not known to be the service's.",
    fix:
      "Use a key with the scope that `detail` names. Without API keys the operator can add the host " +
      "name to ALLOWED_HOSTS, or the page's origin to CORS_ORIGINS.",
  },
  "rate-limited": {
    status: 429,
    retryable: true,
    title: "Too many requests",
    cause:
      "The API key, or without keys the address, sent more than RATE_LIMIT_PER_MINUTE, or has as many " +
      "downloads, event streams, waiting requests or uploads open as the MAX_ settings allow one.",
    fix: "Wait as long as `Retry-After` says. Use `wait` or event streams instead of fast polling.",
  },
  "quota-exceeded": {
    status: 429,
    retryable: true,
    title: "A quota is used up",
    cause:
      "The API key has as many open jobs, stored bytes or rows of datasets as its quota allows. Bytes count " +
      "while they arrive, rows once they are read.",
    fix:
      "Wait until jobs end, or cancel some. Space is free again when the retention removes " +
      "uploads; rows are when datasets are deleted. The operator sets QUOTA_OPEN_JOBS, QUOTA_STORED_BYTES " +
      "and QUOTA_STORED_ROWS.",
  },
  "api-key-not-found": {
    status: 404,
    retryable: false,
    title: "There is no such API key",
    cause: "No API key has this id.",
    fix: "`winnow keys list` shows the ids of all keys.",
  },
  // Idempotency keys
  "idempotency-key-reuse": {
    status: 422,
    retryable: false,
    title: "The idempotency key was used for another request",
    cause: "In the last 24 hours the same Idempotency-Key came with another route or body.",
    fix: "Use a new key for each new request; reuse a key only to repeat the same request.",
  },
  "idempotency-in-flight": {
    status: 409,
    retryable: true,
    title: "The first request with this idempotency key is still running",
    cause: "Two requests with the same Idempotency-Key came at the same time.",
    fix: "Send the request again in a moment: it then gets the answer of the first one.",
  },
  // Unknown ids
  "job-not-found": {
    status: 404,
    retryable: false,
    title: "There is no such job",
    cause: "No job has this id.",
    fix: "`GET /v1/jobs` lists all jobs.",
  },
  "dataset-not-found": {
    status: 404,
    retryable: false,
    title: "There is no such dataset",
    cause: "No dataset has this id, or it was deleted.",
    fix: "`GET /v1/datasets` lists all datasets.",
  },
  "cross-validation-not-found": {
    status: 404,
    retryable: false,
    title: "There is no such cross-validation",
    cause: "No cross-validation has this id, or its dataset was deleted.",
    fix: "Take the `crossValidationId` of a fold-training or probability-import job.",
  },
  "pruning-not-found": {
    status: 404,
    retryable: false,
    title: "There is no such pruning",
    cause: "No pruning has this id, or its dataset was deleted.",
    fix: "Take the `pruningId` of a pruning job.",
  },
  "experiment-not-found": {
    status: 404,
    retryable: false,
    title: "There is no such experiment",
    cause: "No job of the kind experiment has this id.",
    fix: "Take the id of an experiment job: `GET /v1/jobs?kind=experiment` lists them.",
  },
  "model-not-found": {
    status: 404,
    retryable: false,
    title: "There is no such model file",
    cause: "The fold has no model, or a model has no file of this name.",
    fix: "Train with `training.keepModels: true`. `GET .../models` lists the files that exist.",
  },
  "upload-not-found": {
    status: 404,
    retryable: false,
    title: "There is no such upload",
    cause: "No upload has this id, or the retention removed it.",
    fix: "Upload the file again, and use the id of the answer.",
  },
  "webhook-not-found": {
    status: 404,
    retryable: false,
    title: "There is no such webhook",
    cause: "No webhook has this id, or it was deleted.",
    fix: "`GET /v1/webhooks` lists all webhooks.",
  },
  "webhook-delivery-not-found": {
    status: 404,
    retryable: false,
    title: "There is no such webhook delivery",
    cause: "The webhook has no delivery with this id, or the retention removed it.",
    fix: "`GET /v1/webhooks/:id/deliveries` lists the deliveries of a webhook.",
  },
  // States
  "upload-incomplete": {
    status: 409,
    retryable: false,
    title: "The upload is incomplete",
    cause: "Not all bytes of a resumable upload have arrived.",
    fix: "`GET /v1/uploads/:id` says how many arrived; send the rest with PATCH.",
  },
  "upload-conflict": {
    status: 409,
    retryable: false,
    title: "The range does not start where the upload stopped",
    cause:
      "Bytes of the range arrived already or are missing before it, or another request is " +
      "writing to the upload.",
    fix: "Ask `GET /v1/uploads/:id` for `received` and continue at that byte.",
  },
  "dataset-not-ready": {
    status: 409,
    retryable: true,
    title: "The dataset is not ready",
    cause: "The dataset's ingest job is still running, or it failed.",
    fix: "Wait until the job has succeeded. After a failure, ingest the file again.",
  },
  "dataset-in-use": {
    status: 409,
    retryable: true,
    title: "The dataset has unfinished jobs",
    cause: "A queued or running job reads the dataset, so it cannot be deleted.",
    fix: "Cancel the jobs that `usedBy` lists, or wait until they have ended.",
  },
  "cross-validation-in-use": {
    status: 409,
    retryable: true,
    title: "The cross-validation has unfinished jobs",
    cause:
      "A queued or running job makes it or reads it or one of its prunings, or it is being read.",
    fix: "Cancel the jobs that `usedBy` lists, or wait until they have ended.",
  },
  "pruning-in-use": {
    status: 409,
    retryable: true,
    title: "The pruning has unfinished jobs",
    cause: "A queued or running job makes the pruning or learns from it, so it cannot be deleted.",
    fix: "Cancel the jobs that `usedBy` lists, or wait until they have ended.",
  },
  "upload-in-use": {
    status: 409,
    retryable: true,
    title: "The upload is in use",
    cause: "A queued or running job reads the upload, or bytes of it are still arriving.",
    fix: "Cancel the jobs that `usedBy` lists, or wait until they have ended.",
  },
  "cross-validation-not-finished": {
    status: 409,
    retryable: true,
    title: "The cross-validation is not finished",
    cause: "Some folds have no probabilities yet.",
    fix: "Wait until its job has succeeded. Retry the job if it failed.",
  },
  "findings-not-found": {
    status: 404,
    retryable: false,
    title: "The job has no findings",
    cause: "The job is of another kind, or has not succeeded, or its cross-validation was deleted.",
    fix: "Take a job of the kind findings whose state is succeeded, or let a new one look.",
  },
  "member-not-found": {
    status: 404,
    retryable: false,
    title: "The cross-validation has no such member",
    cause: "The run pools no models, or none of this name.",
    fix: "List its members with `GET /v1/cross-validations?parentId=<id>`, or leave `member` out for the run's own probabilities.",
  },
  "pruning-not-finished": {
    status: 409,
    retryable: true,
    title: "The pruning is not finished",
    cause: "The pruning's job has not succeeded yet.",
    fix: "Wait until its job has succeeded. Retry the job if it failed.",
  },
  "review-conflict": {
    status: 409,
    retryable: false,
    title: "Somebody has reviewed the row meanwhile",
    cause:
      "The row's review is not the one that the request was based on (`version`), so it would be overwritten " +
      "unseen. Nothing of the request was written.",
    fix: "Look at the reviews that `errors` names, and send their `version` to replace them.",
  },
  "review-sample-not-found": {
    status: 404,
    retryable: false,
    title: "There is no such sample",
    cause: "No sample has this id, or its dataset was deleted.",
    fix: "`GET /v1/datasets/:id/review-samples` lists a dataset's samples.",
  },
  "reviews-changed": {
    status: 412,
    retryable: false,
    title: "The dataset's reviews have changed",
    cause: "The `If-Match` header has an earlier ETag of the reviews. Nothing was written.",
    fix: "Count again with `validateOnly=true`, and send the new ETag.",
  },
  "reviews-unconfirmed": {
    status: 428,
    retryable: false,
    title: "Reviews would be replaced unseen",
    cause:
      "A filter whose `state` is not pending replaces reviews, and the request has no `If-Match`.",
    fix: "Count with `validateOnly=true`, and send the ETag of that answer as `If-Match`.",
  },
  "nothing-to-undo": {
    status: 409,
    retryable: false,
    title: "There is no such review to undo",
    cause:
      "The sender has no review of this dataset left, or the action was undone or is another's.",
    fix: "`GET /v1/datasets/:id/reviews` lists the reviews that count, and who made them.",
  },
  "webhook-disabled": {
    status: 409,
    retryable: false,
    title: "The webhook is disabled",
    cause: "A disabled webhook receives no messages; `disabledReason` says why it was disabled.",
    fix: 'Enable it with `PATCH /v1/webhooks/:id` and `{"state": "enabled"}`.',
  },
  "too-many-webhooks": {
    status: 409,
    retryable: false,
    title: "The number of webhooks is at its limit",
    cause: "The service has as many webhooks as it allows.",
    fix: "Delete a webhook that is no longer needed.",
  },
  "job-not-retryable": {
    status: 409,
    retryable: false,
    title: "The job cannot be retried",
    cause:
      "Only failed and cancelled jobs can be retried, each once, and only while the job's output " +
      "(dataset, cross-validation or pruning) still exists.",
    fix: "Follow the job that `detail` names, or send the original POST again.",
  },
  // Requests that the data does not support
  "folds-exceed-rows": {
    status: 422,
    retryable: false,
    title: "More folds than rows",
    cause: "Each fold needs at least one row of the dataset.",
    fix: "Lower `folds`, or use a dataset with more rows.",
  },
  "cross-validations-differ": {
    status: 422,
    retryable: false,
    title: "The cross-validations do not fit together",
    cause: "Only runs over the same rows and classes have probabilities that can be averaged.",
    fix:
      "Combine runs of one dataset. For another version of the data, train on that dataset, or import " +
      "probabilities for it.",
  },
  "single-class": {
    status: 422,
    retryable: false,
    title: "The data has only one class",
    cause: "Training and confident learning need at least two classes.",
    fix: "Check the label column and the label policy; `minPerClass` may have dropped classes.",
  },
  "invalid-parameters": {
    status: 422,
    retryable: false,
    title: "The parameters do not fit the data",
    cause: "Each field is valid, but not together, or not with this dataset.",
    fix: "Change the parameters that `detail` and `errors` name.",
  },
  "source-not-allowed": {
    status: 422,
    retryable: false,
    title: "This source is not allowed",
    cause:
      "The path is not below INGEST_ROOT or MODELS_DIR, or the URL is not https, has " +
      "credentials, or leads to an address that is not public.",
    fix: "Upload the file, or ask the operator to put it below the allowed folder.",
  },
  "not-implemented": {
    status: 422,
    retryable: false,
    title: "This option is not available",
    cause: "The option is turned off on this service, or the resource has no data for it.",
    fix: "Follow `detail`: upload the file instead of a URL, or make the pruning again.",
  },
  // Files
  "upload-empty": {
    status: 422,
    retryable: false,
    title: "The upload is empty",
    cause: "The body has no bytes, or `Upload-Length` is 0.",
    fix: "Check that the client sends the file, and that the file is not empty.",
  },
  "empty-file": {
    status: 422,
    retryable: false,
    title: "The file has no rows",
    cause: "After decompression the file holds no rows of data.",
    fix: "Upload a file with data.",
  },
  "binary-file": {
    status: 422,
    retryable: false,
    title: "The file is not text",
    cause: "The file starts with NUL bytes and control characters, as no text does.",
    fix: "Export the data as csv, tsv, jsonl, xlsx or Parquet.",
  },
  "unsupported-file": {
    status: 422,
    retryable: false,
    title: "Files of this kind are not read",
    cause:
      "The first bytes show another kind of file, which `detail` names: Arrow, a pickle, an archive, a PDF, an HTML page.",
    fix: "Follow `detail`, which says how to write the data as a file that is read.",
  },
  "format-unclear": {
    status: 422,
    retryable: false,
    title: "The format of the file is not clear",
    cause: "The format was to be guessed, and the guess is below the confidence that it takes.",
    fix: "Name the `format`: `detail` has the best guess, and what else the file could be.",
  },
  "column-not-found": {
    status: 422,
    retryable: false,
    title: "A column is not in the file",
    cause: "The `format` names a column that the file does not have.",
    fix: "Use one of the columns that `detail` lists, or check `header` and `delimiter`.",
  },
  "bad-gzip": {
    status: 422,
    retryable: false,
    title: "The compressed file is damaged",
    cause: "The gzip stream is cut short or its checksum does not match.",
    fix: "Compress the file again (`gzip -t FILE` checks it), and upload it again.",
  },
  "decompressed-too-large": {
    status: 422,
    retryable: false,
    title: "The file is too large after decompression",
    cause: "The file exceeds a limit when it is decompressed: in bytes, or as a ratio to its size.",
    fix: "Split the file, or upload it uncompressed. `detail` names the limit.",
  },
  "file-too-costly": {
    status: 422,
    retryable: false,
    title: "Reading the file takes too much memory or time",
    cause:
      "Files are read in processes of their own. This one's took more than the limit of memory, or got no " +
      "further for too long, and was ended.",
    fix:
      "Write the file in smaller parts (for parquet: smaller row groups and pages), leave large columns " +
      "out, or have the operator raise READER_MEMORY_MB or READER_STALL_MS.",
  },
  "no-rows-kept": {
    status: 422,
    retryable: false,
    title: "No row of the file was kept",
    cause: "Every row was rejected, or dropped by the label policy.",
    fix: "Preview the upload: it shows the reasons. Then correct `format` or `labels`.",
  },
  "unwritable-rows": {
    status: 422,
    retryable: false,
    title: "The format cannot hold every row",
    cause:
      "A text, id or class name contains a separator or line break of the format, which has no escapes.",
    fix: "Export csv, tsv, jsonl or parquet, or pass `unwritable=clean` to have those rows changed.",
  },
  "ids-too-long": {
    status: 422,
    retryable: false,
    title: "The dataset's ids are too long for an array",
    cause:
      "An id is longer than 1,024 characters, and numpy pads every id of an array to the longest.",
    fix:
      "Read the ids from an export or from the dataset's samples; both hold ids of any length. If the " +
      "wrong column was taken for the id, ingest again with another `idColumn`.",
  },
  "bad-npy": {
    status: 422,
    retryable: false,
    title: "The npy file cannot be used",
    cause: "The file is not npy or npz, or its dtype or shape does not fit the dataset.",
    fix:
      "Save a float32 or float64 array of shape (rows, classes) with `numpy.save`. `detail` has the " +
      "numpy call, where there is one.",
  },
  "corpus-invalid": {
    status: 422,
    retryable: false,
    title: "The file cannot be read",
    cause:
      "The file is damaged, has an encoding that is not supported or too many classes, or a `url` " +
      "source could not be downloaded.",
    fix: "Follow `detail`. Files are read as UTF-8 or GB18030, plain, gzip, zstd or zip with one file.",
  },
  "invalid-probabilities": {
    status: 422,
    retryable: false,
    title: "The probabilities cannot be used",
    cause: "A value is not a number between 0 and 1, or a row of soft targets does not sum to 1.",
    fix:
      "Correct the row and class that `detail` names; it says so where they look like logits, " +
      "percentages or logarithms. Rows are samples in input order.",
  },
  "classes-mismatch": {
    status: 422,
    retryable: false,
    title: "The names are not the dataset's classes",
    cause: "`classes` must name every class of the dataset once; names are compared exactly.",
    fix: "Correct the names that `errors` lists. `GET /v1/datasets/{id}/classes` has the classes.",
  },
  "class-order": {
    status: 422,
    retryable: false,
    title: "The columns fit another order of classes",
    cause:
      "The probabilities agree with the given labels far better when their columns are taken in " +
      "another order of classes. Nothing was imported.",
    fix:
      "Pass the order that `detail` shows as `classes`, if it is the order of your columns (in " +
      "scikit-learn `model.classes_`). `force: true` imports the columns as they stand.",
  },
  "checkpoint-refused": {
    status: 422,
    retryable: false,
    title: "The checkpoint cannot be used",
    cause: "The folder lacks a file or weights, or holds a model that is not supported.",
    fix: "Follow `detail`; see `model.checkpoint` for the two layouts that are read.",
  },
  "endpoint-refused": {
    status: 422,
    retryable: false,
    title: "The embeddings endpoint cannot be used",
    cause:
      "A training asks for the vectors of an embeddings endpoint, and there is none, or it wants another " +
      "key, path or model, gives other vectors than before, or does not take a text.",
    fix: "Follow `detail`; the operator sets EMBEDDINGS_URL, EMBEDDINGS_MODEL and EMBEDDINGS_KEY. Then retry the job.",
  },
  "endpoint-unavailable": {
    status: 503,
    retryable: true,
    title: "The embeddings endpoint does not answer",
    cause: "It was down, too busy or out of reach for longer than requests are repeated.",
    fix: "Start it, then retry the job: what it gave so far is kept.",
  },
  // Running jobs
  "backend-unavailable": {
    status: 422,
    retryable: false,
    title: "The compute backend is not available on this worker",
    cause: "The job asks for a backend that the worker does not have, or that computes wrongly.",
    fix: 'Use `"backend": "auto"`, or run a worker with the backend (`winnow backends` lists them).',
  },
  "device-failed": {
    status: 500,
    retryable: true,
    title: "The GPU failed or has no memory left",
    cause:
      "TensorFlow lost the card, or could not allocate memory on it, in the middle of a training.",
    fix: "Nothing, the fold is tried again, on another worker where there is one. If it repeats, run fewer folds a card, or look at the card with `nvidia-smi`.",
  },
  "training-failed": {
    status: 500,
    retryable: true,
    title: "Training failed",
    cause: "The training diverged or ended in an error; the worker's log has the details.",
    fix: "Retry the job. If it diverges again, lower `training.learningRate`.",
  },
  "out-of-memory": {
    status: 500,
    retryable: true,
    title: "The task's process ran out of memory",
    cause:
      "The process of the task ended because its memory was full. The task was started a second time, and " +
      "no further, since the same work takes the same memory.",
    fix:
      "Give the worker more memory, or make the work smaller: lower `training.batchSize`, ingest fewer or " +
      "shorter rows. Then retry the job.",
  },
  "task-crashed": {
    status: 500,
    retryable: true,
    title: "The task's process ended unexpectedly",
    cause: "The process crashed, was killed, hung, or its machine disappeared.",
    fix:
      "Retry the job: training continues from its last checkpoint. After a SIGKILL, give the " +
      "worker more memory or lower `training.batchSize`.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];
