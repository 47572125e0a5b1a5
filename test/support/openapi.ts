import type { Scope } from "@winnow/contracts";
import type { FastifyInstance } from "fastify";

/** An operation as the served contract describes it. */
export interface Operation {
  readonly operationId: string;
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "DELETE" | "PUT";
  /** With {parameters}. */
  readonly path: string;
  /** null: it asks for no key. */
  readonly scope: Scope | null;
  readonly parameters: readonly OpenapiParameter[];
  readonly body: { readonly required: boolean; readonly types: Record<string, object> } | null;
  /** Statuses, and perhaps `default`. */
  readonly responses: readonly string[];
}

export interface OpenapiParameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: object;
}

interface Document {
  paths: Record<
    string,
    Record<
      string,
      {
        operationId: string;
        security?: Record<string, string[]>[];
        parameters?: OpenapiParameter[];
        requestBody?: { required?: boolean; content: Record<string, { schema: object }> };
        responses: Record<string, object>;
      }
    >
  >;
  components: { schemas: Record<string, object> };
}

/** Every operation of /openapi.json, and the schemas that they refer to. */
export async function readOpenapi(
  app: FastifyInstance,
): Promise<{ operations: Operation[]; schemas: Record<string, object> }> {
  const document = (await app.inject("/openapi.json")).json<Document>();
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      operationId: operation.operationId,
      method: method.toUpperCase() as Operation["method"],
      path,
      scope: (operation.security?.[0]?.apiKey?.[0] ?? null) as Scope | null,
      parameters: operation.parameters ?? [],
      body: operation.requestBody
        ? {
            required: operation.requestBody.required ?? false,
            types: Object.fromEntries(
              Object.entries(operation.requestBody.content).map(([type, { schema }]) => [
                type,
                schema,
              ]),
            ),
          }
        : null,
      responses: Object.keys(operation.responses),
    })),
  );
  return { operations, schemas: document.components.schemas };
}
