import { causesOf } from "@winnow/contracts";
import { type Dispatcher, request } from "undici";
import { EmbeddingsError } from "../errors.js";
import { shownAddress } from "./address.js";
import { retryAfter } from "./retry-waits.js";
import { readVectors, type Vectors } from "./vectors.js";

/** Where and how an endpoint is asked. */
export interface Request {
  readonly address: URL;
  readonly model: string | undefined;
  readonly key: string | undefined;
  readonly dispatcher: Dispatcher | undefined;
  /** How long an answer may take, to its end. */
  readonly timeoutMs: number;
}

/** Vectors; or that it does not take these texts; or a failure after which it is worth asking again. */
export type Reply =
  | { readonly kind: "vectors"; readonly vectors: Vectors }
  | { readonly kind: "refused"; readonly what: string }
  | Failure;

export interface Failure {
  readonly kind: "failed";
  /** `broken`: an answer that is none; `late`: no answer in time; `absent`: no connection; `busy`: a status. */
  readonly how: "broken" | "late" | "absent" | "busy";
  /** To be read after the endpoint's address. */
  readonly what: string;
  /** How long it asks to wait. */
  readonly retryAfterMs: number | null;
}

/** 32 vectors of 4,096 columns take 3 MB. */
const MOST_ANSWER_BYTES = 64 * 2 ** 20;
/** Statuses that may be about the texts: too many, too long, or none it takes. */
const ABOUT_TEXTS = new Set([400, 413, 422]);
const ABOUT_LOAD = new Set([408, 425, 429]);

/** Asks once. Throws `endpoint-refused` and `endpoint-answer` where asking again changes nothing. */
export async function ask(
  texts: readonly string[],
  how: Request,
  signal: AbortSignal,
): Promise<Reply> {
  const { address, model, key, dispatcher, timeoutMs } = how;
  const late = AbortSignal.timeout(timeoutMs);
  const failed = (kind: Failure["how"], what: string, retryAfterMs: number | null = null) =>
    ({ kind: "failed", how: kind, what, retryAfterMs }) as const;
  try {
    const { statusCode, headers, body } = await request(address, {
      method: "POST",
      ...(dispatcher && { dispatcher }),
      signal: AbortSignal.any([signal, late]),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        "user-agent": "winnow",
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({
        ...(model !== undefined && { model }),
        input: texts,
        encoding_format: "float",
      }),
    });
    const text = await readText(body, address);
    if (statusCode >= 200 && statusCode < 300) {
      const answer = parsed(text);
      const vectors = answer === undefined ? notJson(text) : readVectors(answer, texts.length);
      return typeof vectors === "string" ? failed("broken", vectors) : { kind: "vectors", vectors };
    }
    const says = `answers ${statusCode}${saying(text, key)}`;
    if (ABOUT_TEXTS.has(statusCode)) return { kind: "refused", what: says };
    if (ABOUT_LOAD.has(statusCode) || (statusCode >= 500 && statusCode !== 501)) {
      return failed("busy", says, retryAfter(headers["retry-after"], Date.now()));
    }
    throw refusal(statusCode, says, headers.location, how);
  } catch (error) {
    if (signal.aborted) throw new EmbeddingsError("cancelled", "Embedding was cancelled.");
    if (error instanceof EmbeddingsError) throw error;
    if (late.aborted) return failed("late", `does not answer within ${timeoutMs / 1000} s`);
    return failed("absent", connectionFault(error, address));
  }
}

async function readText(body: AsyncIterable<Buffer>, address: URL): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > MOST_ANSWER_BYTES) {
      throw new EmbeddingsError(
        "endpoint-answer",
        `${shownAddress(address)} answers more than ${MOST_ANSWER_BYTES / 2 ** 20} MiB; is it an embeddings endpoint?`,
      );
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Python writes NaN and Infinity into what it calls JSON. */
const notJson = (text: string): string =>
  /[[,]\s*-?(NaN|Infinity)\b/.test(text)
    ? "answers vectors with numbers that are not finite"
    : "answers no JSON: is it an embeddings endpoint of OpenAI's form? Its path mostly ends in /v1/embeddings";

const SHOWN = 200;

/** What the body of a refusal says, in one line and without the key. */
function saying(text: string, key: string | undefined): string {
  const body = parsed(text);
  const at = (value: unknown, name: string): unknown =>
    typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  const error = at(body, "error");
  const found = [at(error, "message"), error, at(body, "message"), at(body, "detail")];
  const own = found.find((one) => typeof one === "string") ?? text;
  const safe = key === undefined ? String(own) : String(own).replaceAll(key, "[key]");
  const line = safe.replace(/[\s\p{C}]+/gu, " ").trim();
  if (line === "") return "";
  return `: ${line.length > SHOWN ? `${line.slice(0, SHOWN).toWellFormed()}...` : line}`;
}

function refusal(
  status: number,
  says: string,
  location: string | string[] | undefined,
  { address, key, model }: Request,
): EmbeddingsError {
  const to = typeof location === "string" && URL.canParse(location, address.href);
  const fix = (): string => {
    if (status >= 300 && status < 400) {
      const where = to ? ` to ${shownAddress(new URL(location, address))}` : "";
      return `it redirects${where}, and redirects are not followed: give the address itself`;
    }
    if (status === 401 || status === 403) {
      return key === undefined
        ? "it wants a key: set EMBEDDINGS_KEY"
        : "it does not take the key of EMBEDDINGS_KEY";
    }
    if (status === 404 || status === 405 || status === 501) {
      return model === undefined
        ? "check the path, which mostly ends in /v1/embeddings, and name the model that it serves"
        : `check the path, which mostly ends in /v1/embeddings, and whether it serves ${model}`;
    }
    return "it is not asked again";
  };
  return new EmbeddingsError("endpoint-refused", `${shownAddress(address)} ${says}; ${fix()}`);
}

/** The code of an error of name, network or certificate. */
function connectionFault(error: unknown, address: URL): string {
  for (const cause of causesOf(error)) {
    // A guarded agent's refusal is for good.
    if (cause.code === "source-not-allowed") {
      throw new EmbeddingsError(
        "endpoint-address",
        `${shownAddress(address)} is not asked: ${String(cause.message)}`,
        { cause: error },
      );
    }
  }
  const one: unknown = error instanceof AggregateError ? error.errors[0] : error;
  for (const { code } of causesOf(one)) {
    if (typeof code === "string") return `cannot be reached (${code})`;
  }
  return "cannot be reached";
}
