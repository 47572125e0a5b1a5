import { AppError } from "@winnow/contracts";
import { Webhook } from "standardwebhooks";
import { type Agent, request } from "undici";

/** One message to an endpoint, as it is signed and sent. */
export interface Message {
  /** The header webhook-id: receivers know a repeated message by it. */
  readonly id: string;
  readonly url: string;
  readonly body: string;
  /** Every one of them signs. */
  readonly secrets: readonly string[];
}

/** What the receiver said, or why nothing was heard of it. */
export interface PostResult {
  readonly status: number | null;
  /** null: it was taken. */
  readonly error: string | null;
  /** What the receiver asks for, of a busy one. */
  readonly retryAfterMs: number | null;
}

/**
 * Posts a message by the Standard Webhooks scheme. Only a 2xx counts; a redirect is not followed,
 * and nobody reads what stands in the answer. Never rejects, but for `signal`.
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
    if (protocol !== "https:") throw new AppError("source-not-allowed", "Only https is spoken.");
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
      error: taken ? null : said(status),
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

const said = (status: number): string =>
  status >= 300 && status < 400
    ? `it answers ${status}; redirects are not followed: change the URL`
    : `it answers ${status}`;

/** A fault of name, network or certificate: its code; the words of others may tell of this network. */
function faultOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  const one = error instanceof AggregateError ? error.errors[0] : error;
  const code: unknown = one instanceof Error && Reflect.get(one, "code");
  return `it cannot be reached (${typeof code === "string" ? code : "unknown fault"})`;
}
