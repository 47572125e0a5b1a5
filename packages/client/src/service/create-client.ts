import type { Calls, ClientOptions } from "../calls/calls.js";
import { createCalls } from "../calls/create-calls.js";
import type { Upload } from "../contract/types.js";
import { type Jobs, jobsOf } from "../jobs/wait-for-jobs.js";
import { type FileUploadOptions, uploadFile } from "../uploads/upload-file.js";

/** A service at one address: its routes, and what takes several calls of them. */
export interface Client extends Calls {
  readonly jobs: Jobs;
  /**
   * Sends a file in parts. What has arrived stays when the connection breaks: after a pause it goes on
   * from there, and with `resume` also in another process. Throws as `call` does.
   */
  uploadFile(file: Blob, options?: FileUploadOptions): Promise<Upload>;
}

/** A client of the service at `url`, e.g. `http://127.0.0.1:8080`. Nothing is sent yet. */
export function createClient(url: string, options: ClientOptions = {}): Client {
  const calls = createCalls(url, options);
  return {
    ...calls,
    jobs: jobsOf(calls),
    uploadFile: (file, uploadOptions) => uploadFile(calls, file, uploadOptions),
  };
}
