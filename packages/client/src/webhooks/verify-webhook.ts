/** A message that the service did not send, or not now. */
export class InvalidWebhookError extends Error {
  override readonly name = "InvalidWebhookError";
}

/** What a webhook says: which job ended, without texts and labels. */
export interface WebhookMessage {
  /** Of the message: it stays the same when a message comes again. */
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Headers = { get(name: string): string | null } | Readonly<Record<string, string | undefined>>;

interface VerifyOptions {
  /** How far the message's time may be from now, in seconds. Default: 300. */
  readonly toleranceSeconds?: number;
  /** In ms since 1970. Default: the clock. */
  readonly now?: number;
}

/**
 * Checks a message by the Standard Webhooks scheme and returns it. `body` is the request's body
 * as it came, before any parsing; `secret` begins with `whsec_`. Throws InvalidWebhookError.
 */
export async function verifyWebhook(
  body: string,
  headers: Headers,
  secret: string,
  { toleranceSeconds = 300, now = Date.now() }: VerifyOptions = {},
): Promise<WebhookMessage> {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) =>
    headerOf(headers, `webhook-${name}`),
  );
  if (!id || !timestamp || !signatures) {
    throw new InvalidWebhookError(
      "The headers webhook-id, webhook-timestamp and webhook-signature are needed.",
    );
  }
  if (!/^\d{1,15}$/.test(timestamp)) {
    throw new InvalidWebhookError("webhook-timestamp is no number of seconds.");
  }
  if (Math.abs(now / 1000 - Number(timestamp)) > toleranceSeconds) {
    throw new InvalidWebhookError(
      `The message's time is more than ${toleranceSeconds} s from now: it is old, or a clock is wrong.`,
    );
  }
  const key = await keyOf(secret);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  for (const signature of signatures.split(" ")) {
    const bytes = signature.startsWith("v1,") ? bytesOf(signature.slice(3)) : null;
    // Compares in constant time.
    if (bytes && (await crypto.subtle.verify("HMAC", key, bytes, signed))) return parse(id, body);
  }
  throw new InvalidWebhookError(
    "No signature is of this secret: is it the endpoint's present one?",
  );
}

const headerOf = (headers: Headers, name: string): string | null | undefined =>
  typeof headers.get === "function"
    ? headers.get(name)
    : (headers as Readonly<Record<string, string | undefined>>)[name];

async function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = secret.startsWith("whsec_") ? bytesOf(secret.slice("whsec_".length)) : null;
  if (bytes === null || bytes.length === 0) {
    throw new InvalidWebhookError(
      "The secret is not of the form whsec_... that the service showed.",
    );
  }
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [
    "verify",
  ]);
}

/** Base64 as bytes; null where it is none. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function parse(id: string, body: string): WebhookMessage {
  const { type, timestamp, data } = JSON.parse(body) as Omit<WebhookMessage, "id">;
  return { id, type, timestamp, data };
}
