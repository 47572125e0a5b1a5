import type { IncomingMessage } from "node:http";
import multipart from "@fastify/multipart";
import { AppError } from "@winnow/contracts";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { tooLarge } from "./store-file.js";

/** In this scope every body is a stream of bytes, whatever its type; forms are taken apart. */
export async function registerUploadBodies(scope: FastifyInstance): Promise<void> {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null, undefined));
  await scope.register(multipart, {
    throwFileSizeLimit: false,
    limits: { files: 1, fields: 1, fileSize: Number.POSITIVE_INFINITY },
  });
}

/**
 * Hands the request's one file to `take`, as chunks. Throws `payload-too-large` before the first
 * byte when the announced length is above `maxBytes`, `validation-failed` for a form that is not
 * one file part, and for a body that breaks off.
 */
export async function takeUploadBody<T>(
  request: FastifyRequest,
  maxBytes: number,
  take: (chunks: AsyncIterable<Uint8Array>, filename: string | null) => Promise<T>,
): Promise<T> {
  try {
    if (request.isMultipart()) return await takeForm(request, take);
    if (Number(request.headers["content-length"]) > maxBytes) throw tooLarge(maxBytes);
    return await take(rawBody(request), null);
  } catch (error) {
    return refuseBody(request, error);
  }
}

/** The chunks of a raw body; leaving the iteration leaves the socket open. */
export const rawBody = ({ raw }: FastifyRequest): AsyncIterable<Uint8Array> =>
  raw.iterator({ destroyOnReturn: false });

/** Whether a request bears any byte of a body. */
export const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/**
 * Throws the error of a body that was not read to its end, as `validation-failed` when it broke off
 * by itself. The socket outlives a refusal, which goes out on it.
 */
export function refuseBody({ raw }: FastifyRequest, error: unknown): never {
  if (raw.destroyed && !raw.complete) {
    throw new AppError("validation-failed", "The connection closed before the whole file came.", {
      cause: error,
    });
  }
  discardRest(raw);
  throw error;
}

async function takeForm<T>(
  request: FastifyRequest,
  take: (chunks: AsyncIterable<Uint8Array>, filename: string | null) => Promise<T>,
): Promise<T> {
  let taken: { result: T } | undefined;
  for await (const part of orBroken(request.parts())) {
    if (part.type === "field") {
      throw new AppError("validation-failed", `The form has a field "${part.fieldname}".`, {
        errors: [{ pointer: `/${part.fieldname}`, detail: "There is no such field" }],
      });
    }
    taken = { result: await take(orBroken<Uint8Array>(part.file), cleanFilename(part.filename)) };
  }
  if (!taken) {
    throw new AppError("validation-failed", "The form has no file part.", {
      errors: [{ pointer: "/file", detail: "Send the file as the form's one part" }],
    });
  }
  return taken.result;
}

/** A fault that lies in the form itself, and not in what is done with its bytes. */
async function* orBroken<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (cause) {
    const why = (cause as Error).message;
    throw new AppError("validation-failed", `The form cannot be taken apart: ${why}.`, { cause });
  }
}

/** What the client still sends is read and dropped for a while, so that it hears the refusal. */
function discardRest(raw: IncomingMessage): void {
  if (raw.complete) return;
  raw.resume();
  const timer = setTimeout(() => raw.destroy(), 10_000).unref();
  raw.once("close", () => clearTimeout(timer));
}

/** A name to show, never a path: control characters out, 255 characters at most. */
function cleanFilename(name: string): string | null {
  const clean = name.replaceAll(/[\p{Cc}\p{Surrogate}]/gu, "").slice(0, 255);
  return clean === "" ? null : clean;
}
