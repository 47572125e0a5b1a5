import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { scopeRoutes } from "./access.js";
import { addKeyOfFragment } from "./docs-key.js";
import { VERSION } from "./version.js";

/** Serves the contract at /openapi.json, generated from the schemas, and its pages at /docs. */
export async function registerOpenapi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Winnow",
        version: VERSION,
        description: "Finds wrong labels in text-classification data.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: {
        securitySchemes: {
          apiKey: {
            type: "http",
            scheme: "bearer",
            bearerFormat: "wn_...",
            description:
              "Required once the service has an API key. Scopes: read; write, which includes read; " +
              "admin, which includes both.",
          },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  // The contract contains no data and says how to get a key.
  await app.register(async (pages) => {
    scopeRoutes(pages, "public");
    await pages.register(swaggerUi, {
      routePrefix: "/docs",
      // Its types take the request for one of fetch.
      uiConfig: { requestInterceptor: addKeyOfFragment as never },
      staticCSP: true,
      // The page is served over plain HTTP on loopback too.
      transformStaticCSP: (header) => header.replace("upgrade-insecure-requests;", "").trim(),
    });
  });
  let document: string | undefined;
  const open = { schema: { hide: true }, config: { scope: "public" } } as const;
  app.get("/openapi.json", open, async (_request, reply) => {
    document ??= JSON.stringify(withoutUnusedSchemas(app.swagger()));
    return reply.type("application/json").send(document);
  });
}

/** The type provider lists every schema as input and as output; this drops the unused ones. */
function withoutUnusedSchemas(document: object): object {
  const { components, ...rest } = document as {
    components?: { schemas?: Record<string, unknown> };
  };
  const schemas = new Map(Object.entries(components?.schemas ?? {}));
  const used = new Map<string, unknown>();
  const visit = (value: unknown) => {
    for (const [, name = ""] of JSON.stringify(value).matchAll(
      /"#\/components\/schemas\/([^"]+)"/g,
    )) {
      if (used.has(name)) continue;
      used.set(name, schemas.get(name));
      visit(schemas.get(name));
    }
  };
  visit(rest);
  const sorted = [...used].sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...rest, components: { ...components, schemas: Object.fromEntries(sorted) } };
}
