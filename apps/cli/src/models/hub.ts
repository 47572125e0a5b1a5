import {
  downloadFile,
  HubApiError,
  type ListFileEntry,
  listFiles,
  modelInfo,
} from "@huggingface/hub";
import { CliError } from "../terminal/failure.js";

/** A model hub, and what is sent to it. */
export interface Hub {
  /** Its address, without a slash at the end. */
  readonly url: string;
  /** Sent to the hub alone, and never printed. */
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

/** One state of a repository. */
export interface Revision {
  readonly name: string;
  /** The commit. */
  readonly commit: string;
  readonly files: readonly ListFileEntry[];
}

/** Attempts of a request that failed on its way, and what is waited before the second one. */
const ATTEMPTS = 4;
const WAIT_MS = 500;

/** The commit that a branch, tag or commit names, and its files. Throws CliError. */
export async function readRevision(hub: Hub, name: string, revision: string): Promise<Revision> {
  return asked(hub, name, async () => {
    const { sha } = await modelInfo({ name, revision, additionalFields: ["sha"], ...params(hub) });
    if (!/^[0-9a-f]{7,64}$/.test(sha)) {
      throw new CliError("hub-answer", `${hub.url} names no commit of ${name}.`);
    }
    const files: ListFileEntry[] = [];
    const repo = { type: "model", name } as const;
    for await (const entry of listFiles({ repo, revision: sha, ...params(hub) })) files.push(entry);
    return { name, commit: sha, files };
  });
}

/** The bytes of a file from `start` on. Throws CliError. */
export async function readFrom(
  hub: Hub,
  { name, commit }: Revision,
  path: string,
  start: number,
): Promise<ReadableStream<Uint8Array>> {
  return asked(hub, name, async () => {
    const repo = { type: "model", name } as const;
    const blob = await downloadFile({ repo, path, revision: commit, xet: false, ...params(hub) });
    if (blob === null) throw new CliError("hub-answer", `${hub.url} has no ${path} of ${name}.`);
    return (start > 0 ? blob.slice(start) : blob).stream();
  });
}

function params({ url, token, signal }: Hub) {
  return {
    hubUrl: url,
    ...(token && { accessToken: token }),
    fetch: (address: string | URL | Request, init?: RequestInit) =>
      fetch(address, { ...init, signal }),
  };
}

/** Repeats what fails on its way, and says what the hub refuses. */
async function asked<T>(hub: Hub, name: string, request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      hub.signal.throwIfAborted();
      if (error instanceof CliError) throw error;
      const status = error instanceof HubApiError ? error.statusCode : 0;
      const isPassing = status === 0 ? error instanceof TypeError : status === 429 || status >= 500;
      if (!isPassing || attempt === ATTEMPTS) throw refusal(hub, name, status, error);
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS * 2 ** (attempt - 1)));
    }
  }
}

function refusal(hub: Hub, name: string, status: number, error: unknown): CliError {
  const cause = withoutToken(hub, error);
  if (status === 401 || status === 403) {
    const fix = hub.token
      ? "the token of HF_TOKEN may not read it: accept its terms on the hub, or take another token"
      : "it is private, gated, or does not exist: check its name, and set HF_TOKEN if it is yours";
    return new CliError("hub-refused", `${hub.url} refuses ${name}: ${fix}`, { cause });
  }
  if (status === 404) {
    const fix = "check owner, name and revision, as in sentence-transformers/all-MiniLM-L6-v2@main";
    return new CliError("model-not-found", `${hub.url} has no ${name}: ${fix}`, { cause });
  }
  const what = status > 0 ? `answers with status ${status}` : `cannot be reached: ${cause.message}`;
  return new CliError("hub-unreachable", `${hub.url} ${what}; HF_ENDPOINT names another hub`, {
    cause,
  });
}

/** An error whose text does not hold the token, whoever wrote it there. */
function withoutToken({ token }: Hub, error: unknown): Error {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : "";
  const text = [error instanceof Error ? error.message : String(error), cause]
    .filter((part) => part !== "")
    .join(": ");
  return new Error(token ? text.replaceAll(token, "***") : text);
}
