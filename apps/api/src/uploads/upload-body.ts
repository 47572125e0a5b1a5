import type { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import multipart from "@fastify/multipart";
import { AppError } from "@winnow/contracts";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { DECODERS } from "../access/content-encoding.js";
import { tooLarge } from "./store-file.js";

/** In this scope every body is a stream of bytes, whatever its type; forms are parsed. */
export async function registerUploadBodies(scope: FastifyInstance): Promise<void> {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null, undefined));
  await scope.register(multipart, {
    throwFileSizeLimit: false,
    limits: { files: 1, fields: 1, fileSize: Number.POSITIVE_INFINITY },
  });
}

/**
 * Passes the chunks of the request's one file to `take`. Throws `payload-too-large` before the first
 * byte if the declared length is above `maxBytes`, and `validation-failed` for a form that is not
 * exactly one file and for a body that ends early.
 */
export async function takeUploadBody<T>(
  request: FastifyRequest,
  maxBytes: number,
  take: (chunks: AsyncIterable<Uint8Array>, filename: string | null) => Promise<T>,
): Promise<T> {
  try {
    if (request.isMultipart()) return await takeForm(request, take);
    const decode = DECODERS[encodingOf(request) as keyof typeof DECODERS];
    if (decode) return await take(decoded(rawBody(request), decode()), null);
    if (Number(request.headers["content-length"]) > maxBytes) throw tooLarge(maxBytes);
    return await take(rawBody(request), null);
  } catch (error) {
    return refuseBody(request, error);
  }
}

/** How a raw body is encoded; `registerEncodings` let through those that are decoded. */
export const encodingOf = ({ headers }: FastifyRequest): string =>
  headers["content-encoding"]?.trim().toLowerCase() ?? "identity";

async function* decoded(
  chunks: AsyncIterable<Uint8Array>,
  decoder: Transform,
): AsyncGenerator<Uint8Array> {
  const fed = pipeline(chunks, decoder);
  fed.catch(() => {});
  try {
    yield* decoder as AsyncIterable<Uint8Array>;
    await fed;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (!/^(Z_|ERR_BROTLI|ERR__)/.test(code ?? "")) throw cause;
    throw new AppError("validation-failed", `The encoded body cannot be decoded: ${message}.`, {
      cause,
    });
  } finally {
    decoder.destroy();
  }
}

/** The chunks of a raw body. Ending the iteration early keeps the socket open. */
export const rawBody = ({ raw }: FastifyRequest): AsyncIterable<Uint8Array> =>
  raw.iterator({ destroyOnReturn: false });

/** Whether a request has a body. */
export const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/**
 * Throws the error of a body that was not read to its end, or `validation-failed` if the connection
 * closed. Otherwise the socket stays open to send the answer.
 */
export function refuseBody({ raw }: FastifyRequest, error: unknown): never {
  if (raw.destroyed && !raw.complete) {
    throw new AppError(
      "validation-failed",
      "The connection closed before the whole file arrived.",
      {
        cause: error,
      },
    );
  }
  // `registerConnections` reads and drops what the client still sends.
  throw error;
}

async function takeForm<T>(
  request: FastifyRequest,
  take: (chunks: AsyncIterable<Uint8Array>, filename: string | null) => Promise<T>,
): Promise<T> {
  let taken: { result: T } | undefined;
  for await (const part of parsed(request.parts())) {
    if (part.type === "field") {
      throw new AppError(
        "validation-failed",
        `The form has a field "${part.fieldname}" besides the file.`,
        {
          errors: [{ pointer: `/${part.fieldname}`, detail: "There is no such field" }],
        },
      );
    }
    taken = { result: await take(parsed<Uint8Array>(part.file), cleanFilename(part.filename)) };
  }
  if (!taken) {
    throw new AppError("validation-failed", "The form has no file part.", {
      errors: [{ pointer: "/file", detail: "Send the file as the only part of the form" }],
    });
  }
  return taken.result;
}

/** Turns errors of the form itself into problems, but not errors of what its bytes are used for. */
async function* parsed<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (cause) {
    const why = (cause as Error).message;
    throw new AppError("validation-failed", `The form cannot be parsed: ${why}.`, { cause });
  }
}

/** A name for display, never a path: without control characters, at most 255 characters. */
function cleanFilename(name: string): string | null {
  const clean = name.replaceAll(/[\p{Cc}\p{Surrogate}]/gu, "").slice(0, 255);
  return clean === "" ? null : clean;
}
