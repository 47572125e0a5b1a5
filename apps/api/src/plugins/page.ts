import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
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

/**
 * Serves the page, whose files hold no data and need no key: the page takes its key from the fragment
 * of its address and sends it with its calls. Without a build, `/` leads to the API's pages.
 */
export async function registerPage(app: FastifyInstance, folder: string): Promise<void> {
  const start = join(folder, "index.html");
  const open = { schema: { hide: true }, config: { scope: "public" } } as const;
  if (!existsSync(start)) {
    app.get("/", open, (_request, reply) => reply.redirect("/docs"));
    return;
  }
  const html = readFileSync(start, "utf8");
  for (const place of PLACES) {
    app.get(place, open, (_request, reply) =>
      reply.type("text/html").header("content-security-policy", POLICY).send(html),
    );
  }
  await app.register(async (files) => {
    scopeRoutes(files, "public");
    await files.register(fastifyStatic, {
      root: join(folder, "assets"),
      prefix: "/assets/",
      // The set-up lays a compressed form beside each text.
      preCompressed: true,
      index: false,
      setHeaders: (reply, path) => reply.header("cache-control", isHashed(path) ? FOREVER : A_DAY),
    });
  });
}
