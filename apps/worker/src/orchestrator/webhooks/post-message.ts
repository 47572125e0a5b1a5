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
}

/** The receiver's answer, or why there was none. */
export interface PostResult {
  readonly status: number | null;
  /** null: it was delivered. */
  readonly error: string | null;
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
      headers: { "content-type": "application/json", "user-agent": "winnow", ...signed(message) },
      body: message.body,
    });
    answer.body.on("error", () => {}).destroy();
    const { statusCode: status, headers } = answer;
    const taken = status >= 200 && status < 300;
    const retryAfter = Number(headers["retry-after"]);
    return {
      status,
      error: taken ? null : failureOf(status),
      retryAfterMs: !taken && retryAfter > 0 ? retryAfter * 1000 : null,
    };
  } catch (error) {
    signal.throwIfAborted();
    const why = late.aborted ? `no answer within ${timeoutMs / 1000} s` : faultOf(error);
    return { status: null, error: why, retryAfterMs: null };
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
function faultOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  const one = error instanceof AggregateError ? error.errors[0] : error;
  const code: unknown = one instanceof Error && Reflect.get(one, "code");
  return `it cannot be reached (${typeof code === "string" ? code : "unknown error"})`;
}
