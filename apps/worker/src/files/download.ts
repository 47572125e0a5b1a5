import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AppError } from "@winnow/contracts";
import { guardedAgent, type Network } from "@winnow/network";
import { makeFolder, PRIVATE } from "@winnow/storage";
import pRetry from "p-retry";
import { type Agent, type Dispatcher, request } from "undici";

export interface DownloadLimits {
  readonly maxBytes: number;
  /** For the whole download, redirects and retries included. */
  readonly timeoutMs: number;
  /** Between a failed attempt and the next. */
  readonly pauseMs: number;
}

export const DOWNLOAD_LIMITS: DownloadLimits = {
  maxBytes: 4 * 2 ** 30,
  timeoutMs: 30 * 60_000,
  pauseMs: 2_000,
};

const MAX_REDIRECTS = 5;
const MAX_ATTEMPTS = 3;

/**
 * Fetches an https URL of a public address into a new file. Throws `source-not-allowed`,
 * `payload-too-large`, or `corpus-invalid` with the error of the server or the network; a temporary
 * one is retried before. After an error there is no file.
 */
export async function download(
  url: string,
  path: string,
  { network, limits, signal }: { network: Network; limits: DownloadLimits; signal: AbortSignal },
): Promise<{ bytes: number; sha256: string }> {
  const agent = guardedAgent(network);
  const late = AbortSignal.timeout(limits.timeoutMs);
  const either = AbortSignal.any([signal, late]);
  const attempt = async () => {
    await rm(path, { force: true });
    return store(await follow(url, agent, either), path, limits.maxBytes, either);
  };
  try {
    await makeFolder(dirname(path));
    return await pRetry(attempt, {
      retries: MAX_ATTEMPTS - 1,
      minTimeout: limits.pauseMs,
      factor: 1,
      signal: either,
      shouldRetry: ({ error }) => !either.aborted && isTemporary(error),
    });
  } catch (error) {
    await rm(path, { force: true });
    signal.throwIfAborted();
    if (late.aborted) throw unreadable(`it took longer than ${limits.timeoutMs / 1000} s`, error);
    throw readable(error);
  } finally {
    await agent.destroy();
  }
}

/** The answer of the URL, or of the one it redirects to. */
async function follow(start: string, agent: Agent, signal: AbortSignal) {
  let url = checkedUrl(start);
  for (let hops = 0; ; hops++) {
    const answer = await request(url, {
      dispatcher: agent,
      signal,
      headers: { "accept-encoding": "identity", "user-agent": "winnow" },
    });
    const { location } = answer.headers;
    const redirects = answer.statusCode >= 300 && answer.statusCode < 400;
    if (!redirects || typeof location !== "string") return wanted(answer);
    // The body of a redirect is not read, and its connection not used again.
    answer.body.on("error", () => {}).destroy();
    if (hops === MAX_REDIRECTS) throw unreadable(`it redirects more than ${MAX_REDIRECTS} times`);
    url = checkedUrl(location, url);
  }
}

function checkedUrl(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : null;
  if (url?.protocol !== "https:") {
    throw new AppError("source-not-allowed", "Only https URLs are fetched.");
  }
  if (url.username !== "" || url.password !== "") {
    throw new AppError("source-not-allowed", "A URL with a user name or password is not fetched.");
  }
  return url;
}

function wanted({ statusCode, headers, body }: Dispatcher.ResponseData) {
  if (statusCode === 200) return { body, length: Number(headers["content-length"] ?? 0) };
  body.on("error", () => {}).destroy();
  const answers = `it answers ${statusCode}`;
  throw statusCode >= 500 || statusCode === 429
    ? new TemporaryAnswer(answers)
    : unreadable(answers);
}

async function store(
  { body, length }: Awaited<ReturnType<typeof follow>>,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(bytes > maxBytes ? tooLarge(maxBytes) : null, chunk);
    },
  });
  if (length > maxBytes) {
    body.on("error", () => {}).destroy();
    throw tooLarge(maxBytes);
  }
  await pipeline(body, counted, createWriteStream(path, { flags: "wx", mode: PRIVATE.file }), {
    signal,
  });
  return { bytes, sha256: hash.digest("hex") };
}

/** An answer of the server that another attempt may not get. */
class TemporaryAnswer extends Error {
  override readonly name = "TemporaryAnswer";
}

const TEMPORARY =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_(SOCKET|CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|RES_CONTENT_LENGTH_MISMATCH))$/;
const PERMANENT = /^(ENOTFOUND|ERR_TLS_.*|CERT_.*|.*CERT.*|UNABLE_TO_.*|ERR_SSL_.*|HPE_.*)$/;

const isTemporary = (error: unknown): boolean =>
  error instanceof TemporaryAnswer || TEMPORARY.test(codeOf(error));

/** The error with the reason for the job's owner; an error of our own is returned as it is. */
function readable(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof TemporaryAnswer) return unreadable(error.message, error);
  const code = codeOf(error);
  if (TEMPORARY.test(code)) return unreadable(`it does not answer (${code})`, error);
  if (PERMANENT.test(code)) return unreadable(`it cannot be reached (${code})`, error);
  return error;
}

/** The error's code, of the first of several errors: one for each address that was tried. */
function codeOf(error: unknown): string {
  const one: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return one instanceof Error ? String((one as NodeJS.ErrnoException).code ?? "") : "";
}

const tooLarge = (maxBytes: number) =>
  new AppError("payload-too-large", `The URL's file is larger than ${maxBytes} bytes.`);

const unreadable = (why: string, cause?: unknown) =>
  new AppError("corpus-invalid", `The URL cannot be fetched: ${why}.`, { cause });
