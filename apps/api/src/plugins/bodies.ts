import { AppError, type FieldError, MOST_FAULTS, ROUTES } from "@winnow/contracts";
import type { FastifyInstance } from "fastify";
import { DECODERS } from "../access/content-encoding.js";

/** Accepts only JSON bodies, and refuses texts that Postgres cannot store. */
export function registerBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    // Many clients set the header on a POST without a body.
    if (body === "") return done(null, undefined);
    try {
      done(null, JSON.parse(String(body)));
    } catch (error) {
      done(new AppError("malformed-json", (error as Error).message, { cause: error }), undefined);
    }
  });
  app.addHook("preHandler", async (request) => {
    const errors = [...first(MOST_FAULTS, unstorableTexts(request.body, ""))];
    if (errors.length > 0) {
      const at = errors.map((e) => e.pointer).join(", ");
      throw new AppError("validation-failed", `${at}: text that cannot be stored`, { errors });
    }
  });
}

/** Refuses bodies that are encoded, but where the route decodes them. */
export function registerEncodings(app: FastifyInstance): void {
  app.addHook("preParsing", async ({ headers, routeOptions }) => {
    const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
    if (encoding === "identity" || encoding === "") return;
    const isUpload = routeOptions.url === ROUTES.createUpload.path;
    const isForm = headers["content-type"]?.startsWith("multipart/") ?? false;
    if (isUpload && !isForm && encoding in DECODERS) return;
    throw new AppError(
      "unsupported-media-type",
      `The body's Content-Encoding is ${encoding}; ` +
        (isUpload && !isForm
          ? `${Object.keys(DECODERS).join(", ")} are decoded.`
          : "only the raw body of POST /v1/uploads may have one."),
    );
  });
}

function* first<T>(most: number, items: Iterable<T>): Generator<T> {
  let left = most;
  for (const item of items) {
    if (left-- <= 0) return;
    yield item;
  }
}

/** Postgres stores neither NUL characters nor halves of surrogate pairs. */
function* unstorableTexts(value: unknown, pointer: string): Generator<FieldError> {
  if (typeof value === "string") {
    if (value.includes("\0")) yield { pointer, detail: "contains a NUL character" };
    else if (!isWellFormed(value)) yield { pointer, detail: "contains half of a surrogate pair" };
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* unstorableTexts(item, `${pointer}/${i}`);
  } else if (value?.constructor === Object) {
    for (const [k, item] of Object.entries(value)) yield* unstorableTexts(item, `${pointer}/${k}`);
  }
}

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);
