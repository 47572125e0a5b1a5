import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { scopeRoutes } from "./access.js";

/** Where the set-up puts the page of apps/web. An installation without it is an API alone. */
export const PAGE_FOLDER = fileURLToPath(new URL("../../../web/dist/page/", import.meta.url));

/** The page reads its place from the address: these all answer with it (apps/web/src/app/router.tsx). */
const PLACES = [
  "/",
  "/jobs",
  "/jobs/:id",
  "/new/:kind",
  "/datasets",
  "/datasets/:id",
  "/cross-validations/:id",
  "/prunings/:id",
  "/prunings/:id/review",
  "/review-samples/:id",
];

/** The one style that the component library writes into the page itself, by its hash. */
const LIBRARY_STYLE = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' ${LIBRARY_STYLE}`,
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const A_DAY = "public, max-age=86400";
const FOREVER = "public, max-age=31536000, immutable";
/** Whether the name changes with what is in the file. */
const isHashed = (path: string): boolean => /-[\w-]{8}\.\w+(\.gz)?$/.test(path);

export interface Page {
  /**
   * Shows the page, with status 404, to a browser that was led to an address of nothing: it says so in the
   * reader's language and leads back. Programs, and whoever asks under `/v1`, are answered with a problem.
   */
  answerLost(request: FastifyRequest, reply: FastifyReply): boolean;
  /** Registers the page's places and files. */
  register(app: FastifyInstance): Promise<void>;
}

/**
 * Serves the page, whose files hold no data and need no key: the page takes its key from the fragment
 * of its address and sends it with its calls. Without a build, `/` leads to the API's pages.
 */
export function openPage(folder: string): Page {
  const start = join(folder, "index.html");
  if (!existsSync(start)) {
    return {
      answerLost: () => false,
      async register(app) {
        app.get("/", OPEN, (_request, reply) => reply.redirect("/docs"));
      },
    };
  }
  const html = readFileSync(start, "utf8");
  const send = (reply: FastifyReply) =>
    reply.type("text/html").header("content-security-policy", POLICY).send(html);
  return {
    answerLost(request, reply) {
      if (!isLostReader(request)) return false;
      send(reply.code(404));
      return true;
    },
    async register(app) {
      for (const place of PLACES) app.get(place, OPEN, (_request, reply) => send(reply));
      await app.register((files) => registerFiles(files, join(folder, "assets")));
    },
  };
}

const OPEN = { schema: { hide: true }, config: { scope: "public" } } as const;

/** Browsers name the type when they open a page; their scripts and other programs do not. */
const isLostReader = ({ method, url, headers }: FastifyRequest): boolean =>
  (method === "GET" || method === "HEAD") &&
  (headers.accept?.includes("text/html") ?? false) &&
  !/^\/(v1|assets)(\/|$)/.test(url);

async function registerFiles(files: FastifyInstance, root: string): Promise<void> {
  scopeRoutes(files, "public");
  await files.register(fastifyStatic, {
    root,
    prefix: "/assets/",
    // The set-up lays a compressed form beside each text.
    preCompressed: true,
    index: false,
    setHeaders: (reply, path) => reply.header("cache-control", isHashed(path) ? FOREVER : A_DAY),
  });
}
