import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { AccessMode } from "../access/access-mode.js";
import { scopeRoutes } from "./access.js";
import { addKeyOfFragment } from "./docs-key.js";
import { addLinks, type LinkedDocument } from "./openapi-links.js";
import { withPlainNames } from "./openapi-names.js";
import { VERSION } from "./version.js";

/** What each group of operations is about, in the order of the pages. */
const TAGS = {
  uploads: "Files, sent whole or in parts, and previews of them",
  jobs: "Work that was asked for: its state, its events, its end",
  datasets: "What an ingest has read: samples, classes, rejects, a profile",
  "cross-validations": "Folds of a dataset, and a probability of every class for every sample",
  prunings: "Flagged samples, estimated noise, and exports of the dataset",
  audit: "Who changed what",
  webhooks: "Endpoints that are called when jobs end",
  service: "Whether the service is alive and ready, and its metrics",
};

/**
 * Serves the contract at /openapi.json, generated from the schemas, and its pages at /docs. Its
 * `security` is what holds at the moment: none while there is no key.
 */
export async function registerOpenapi(app: FastifyInstance, mode: AccessMode): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Winnow",
        version: VERSION,
        description: "Finds wrong labels in text-classification data.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: "/", description: "The service that this document comes from" }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
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
    transformObject: (document) => finished(jsonSchemaTransformObject(document)),
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
  let keyed: string | undefined;
  let keyless: string | undefined;
  const open = { schema: { hide: true }, config: { scope: "public" } } as const;
  app.get("/openapi.json", open, async (_request, reply) => {
    keyed ??= JSON.stringify(app.swagger());
    keyless ??= JSON.stringify(withoutKeys(app.swagger()));
    return reply.type("application/json").send((await mode.requiresKeys()) ? keyed : keyless);
  });
}

interface Described {
  readonly components?: { securitySchemes?: unknown };
  readonly paths: Record<
    string,
    Record<
      string,
      {
        security?: unknown;
        readonly requestBody?: {
          readonly description?: string;
          readonly content?: Record<string, { schema?: unknown }>;
        };
      }
    >
  >;
}

/** Links, short names, and bytes, tuples and choices in the form that generators read. */
function finished(document: object): object {
  const readable = openChoices(readableTuples(withFiles(document)));
  const named = withPlainNames(readable) as unknown as LinkedDocument;
  addLinks(named);
  return named;
}

const FILE = { type: "string", format: "binary" };

/** Bodies of bytes: as they are, or as the one file of a form. */
function withFiles(document: object): object {
  for (const operations of Object.values((document as Described).paths)) {
    for (const { requestBody } of Object.values(operations)) {
      const { content = {}, description } = requestBody ?? {};
      for (const type of Object.keys(content)) {
        if (type === "application/json") continue;
        const isForm = type === "multipart/form-data";
        const form = { type: "object", properties: { file: FILE }, required: ["file"] };
        content[type] = {
          schema: { ...(isForm ? form : FILE), ...(description && { description }) },
        };
      }
    }
  }
  return document;
}

/** `items: false` says nothing more beside `maxItems`, and some generators cannot read it. */
const readableTuples = (document: object): object =>
  JSON.parse(
    JSON.stringify(document, (_, value) => {
      if (!Array.isArray(value?.prefixItems) || value.items !== false) return value;
      const { items: _items, ...rest } = value;
      return rest;
    }),
  ) as object;

interface Choice {
  readonly properties?: Record<string, { readonly const?: unknown; readonly enum?: unknown }>;
  readonly required?: readonly string[];
}

/**
 * `oneOf` promises that no value fits two of its schemas. Where the field that tells them apart may be
 * missing, as one of them is the default, it is `anyOf`.
 */
function openChoices<T extends object>(document: T): T {
  const schemas = (document as { components?: { schemas?: Record<string, Choice> } }).components
    ?.schemas;
  const mayLackItsKind = ({ $ref = "" }: { $ref?: string }): boolean => {
    const { properties = {}, required = [] } = schemas?.[$ref.split("/").at(-1) ?? ""] ?? {};
    return Object.entries(properties).some(
      ([name, { const: only }]) => only !== undefined && !required.includes(name),
    );
  };
  return JSON.parse(
    JSON.stringify(document, (_, value) => {
      if (!Array.isArray(value?.oneOf) || !value.oneOf.some(mayLackItsKind)) return value;
      const { oneOf, ...rest } = value;
      return { ...rest, anyOf: oneOf };
    }),
  ) as T;
}

/** What holds while the service has no key: nothing has to be sent. */
function withoutKeys(document: object): object {
  const open = structuredClone(document) as Described;
  delete open.components?.securitySchemes;
  for (const operations of Object.values(open.paths)) {
    for (const operation of Object.values(operations)) operation.security = [];
  }
  return open;
}
