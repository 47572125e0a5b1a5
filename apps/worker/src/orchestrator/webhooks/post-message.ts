import { AppError } from "@winnow/contracts";
import { Webhook } from "standardwebhooks";
import { type Agent, request } from "undici";

/** A message to an endpoint. */
export interface Message {
  /** The header webhook-id, by which receivers recognise a repeated message. */
  readonly id: string;
  readonly url: string;
  readonly body: string;
  /** The message has a signature by each of them. */
  readonly secrets: readonly string[];
  /** Names the span of this attempt to a receiver that traces; null: the job is not traced. */
  readonly traceParent: string | null;
}

/** The receiver's answer, or why there was none. */
export interface PostResult {
  readonly status: number | null;
  /** null: it was delivered. */
  readonly error: string | null;
  /** Why, in one word: the status, or the code of a fault of name, network or certificate. */
  readonly code: string | null;
  /** How long a busy receiver asks to wait. */
  readonly retryAfterMs: number | null;
}

/**
 * Posts a message by the Standard Webhooks scheme. Only a 2xx is a success; redirects are not
 * followed, and the body of the answer is not read. Rejects only on `signal`.
 */
export async function postMessage(
  message: Message,
  agent: Agent,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<PostResult> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const { protocol } = new URL(message.url);
    if (protocol !== "https:")
      throw new AppError("source-not-allowed", "Only https URLs are called.");
    const answer = await request(message.url, {
      method: "POST",
      dispatcher: agent,
      signal: AbortSignal.any([signal, late]),
      headers: {
        "content-type": "application/json",
        "user-agent": "winnow",
        ...(message.traceParent !== null && { traceparent: message.traceParent }),
        ...signed(message),
      },
      body: message.body,
    });
    answer.body.on("error", () => {}).destroy();
    const { statusCode: status, headers } = answer;
    const taken = status >= 200 && status < 300;
    const retryAfter = Number(headers["retry-after"]);
    return {
      status,
      error: taken ? null : failureOf(status),
      code: taken ? null : String(status),
      retryAfterMs: !taken && retryAfter > 0 ? retryAfter * 1000 : null,
    };
  } catch (error) {
    signal.throwIfAborted();
    const fault = late.aborted
      ? { error: `no answer within ${timeoutMs / 1000} s`, code: "timeout" }
      : faultOf(error);
    return { status: null, ...fault, retryAfterMs: null };
  }
}

function signed({ id, body, secrets }: Message): Record<string, string> {
  const now = new Date();
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": secrets.map((s) => new Webhook(s).sign(id, now, body)).join(" "),
  };
}

const failureOf = (status: number): string =>
  status >= 300 && status < 400
    ? `it answers ${status}; redirects are not followed: change the URL`
    : `it answers ${status}`;

/** The code of an error of name, network or certificate: its message may reveal this network. */
function faultOf(error: unknown): { error: string; code: string } {
  if (error instanceof AppError) return { error: error.message, code: error.code };
  const one = error instanceof AggregateError ? error.errors[0] : error;
  const found: unknown = one instanceof Error && Reflect.get(one, "code");
  const code = typeof found === "string" ? found : null;
  return {
    error: `it cannot be reached (${code ?? "unknown error"})`,
    code: code ?? "unreachable",
  };
}
