import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@winnow/contracts";
import { type Agent, type Dispatcher, request } from "undici";
import { guardedAgent, type Network } from "../network/guarded-agent.js";

export interface DownloadLimits {
  readonly maxBytes: number;
  /** For the whole download, redirects and further tries included. */
  readonly timeoutMs: number;
  /** Between a try that failed and the next one. */
  readonly pauseMs: number;
}

export const DOWNLOAD_LIMITS: DownloadLimits = {
  maxBytes: 4 * 2 ** 30,
  timeoutMs: 30 * 60_000,
  pauseMs: 2_000,
};

const MAX_REDIRECTS = 5;
const MAX_TRIES = 3;

/**
 * Fetches an https URL of a public address into a new file. Throws `source-not-allowed`,
 * `payload-too-large`, or `corpus-invalid` with what the server or the network said, the latter
 * after some tries; then there is no file.
 */
export async function download(
  url: string,
  path: string,
  { network, limits, signal }: { network: Network; limits: DownloadLimits; signal: AbortSignal },
): Promise<{ bytes: number; sha256: string }> {
  const agent = guardedAgent(network);
  const late = AbortSignal.timeout(limits.timeoutMs);
  const either = AbortSignal.any([signal, late]);
  try {
    await mkdir(dirname(path), { recursive: true });
    for (let tries = 1; ; tries++) {
      try {
        const body = await follow(url, agent, either);
        return await store(body, path, limits.maxBytes, either);
      } catch (error) {
        await rm(path, { force: true });
        signal.throwIfAborted();
        if (late.aborted) {
          throw unreadable(`it took longer than ${limits.timeoutMs / 1000} s`, error);
        }
        const passing = passingFault(error);
        if (passing === null) throw error;
        if (tries === MAX_TRIES) throw unreadable(passing, error);
      }
      await sleep(limits.pauseMs, undefined, { signal: either }).catch(() => {});
    }
  } finally {
    await agent.destroy();
  }
}

/** The answer of the URL itself, or of what it redirects to. */
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
    // Whatever it says, nobody reads it; its connection is not used again.
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
  if (statusCode >= 500 || statusCode === 429) throw new PassingFault(`it answers ${statusCode}`);
  throw unreadable(`it answers ${statusCode}`);
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
  await pipeline(body, counted, createWriteStream(path, { flags: "wx" }), { signal });
  return { bytes, sha256: hash.digest("hex") };
}

/** A fault that may be gone with the next try. */
class PassingFault extends Error {
  override readonly name = "PassingFault";
}

const PASSING =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_(SOCKET|CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|RES_CONTENT_LENGTH_MISMATCH))$/;
const FINAL = /^(ENOTFOUND|ERR_TLS_.*|CERT_.*|.*CERT.*|UNABLE_TO_.*|ERR_SSL_.*|HPE_.*)$/;

/** What to say of a fault of server or network; null for one of ours. Throws what no try mends. */
function passingFault(error: unknown): string | null {
  if (error instanceof PassingFault) return error.message;
  if (error instanceof AppError || !(error instanceof Error)) return null;
  // Several addresses were tried: each has its fault.
  const one = error instanceof AggregateError ? (error.errors[0] as Error) : error;
  const code = String((one as NodeJS.ErrnoException).code ?? "");
  if (PASSING.test(code)) return `it does not answer (${code})`;
  if (FINAL.test(code)) throw unreadable(`it cannot be reached (${code})`, error);
  return null;
}

const tooLarge = (maxBytes: number) =>
  new AppError("payload-too-large", `The URL's file is larger than ${maxBytes} bytes.`);

const unreadable = (why: string, cause?: unknown) =>
  new AppError("corpus-invalid", `The URL cannot be fetched: ${why}.`, { cause });
