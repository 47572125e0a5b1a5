import { AppError } from "@winnow/contracts";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

interface Registered {
  readonly pattern: RegExp;
  /** Without parameters: such a path names nothing else. */
  readonly isFixed: boolean;
  readonly methods: Set<string>;
}

/**
 * Answers requests that no route serves before their body is read: 405 with `Allow` where the path has
 * other methods, else 404. A fixed path is never read as the id in another route: `GET
 * /v1/jobs/pruning` is a wrong method, not a job that does not exist.
 */
export function registerMethods(
  app: FastifyInstance,
  /** Answers whoever asks for a page at an address of nothing; false leaves it to this function. */
  answerLost: (request: FastifyRequest, reply: FastifyReply) => boolean = () => false,
): void {
  const paths = new Map<string, Registered>();
  app.addHook("onRoute", ({ url, method }) => {
    const registered = paths.get(url) ?? { ...patternOf(url), methods: new Set() };
    paths.set(url, registered);
    for (const one of [method].flat()) registered.methods.add(one);
  });
  app.addHook("preParsing", async (request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "";
    const fixed = paths.get(path);
    const isIdOfAnother =
      fixed?.isFixed &&
      !fixed.methods.has(request.method) &&
      /[:*]/.test(request.routeOptions.url ?? "");
    if (!request.is404 && !isIdOfAnother) return;
    const found = fixed?.isFixed ? [fixed] : matching(paths, path);
    if (found.length === 0 && answerLost(request, reply)) return;
    refuse(request, reply, path, found);
  });
}

/** As `Allow` lists them; no route has another. */
const ORDER = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

const matching = (paths: ReadonlyMap<string, Registered>, path: string): Registered[] =>
  [...paths.values()].filter(({ pattern }) => pattern.test(path));

/** `*` at its end stands for any rest. */
const patternOf = (url: string): Pick<Registered, "pattern" | "isFixed"> => {
  const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&");
  const pattern = escaped.replaceAll(/:[a-z]+/gi, "[^/]+").replace(/\*$/, ".*");
  return { pattern: new RegExp(`^${pattern}$`), isFixed: !/[:*]/.test(url) };
};

function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  found: readonly Registered[],
): never {
  const allowed = ORDER.filter((method) => found.some(({ methods }) => methods.has(method)));
  if (allowed.length === 0) {
    throw new AppError(
      "route-not-found",
      `There is no route ${request.method} ${path}; /openapi.json lists all routes.`,
    );
  }
  const named = allowed.join(", ");
  reply.header("allow", named);
  throw new AppError("method-not-allowed", `${path} supports ${named}, not ${request.method}.`);
}
