// For `swagger` of the app.
import type {} from "@fastify/swagger";
import { anchorOf, code, sentence, table } from "./markdown.js";
import { componentName, type Field, fieldsOf, type Schema, schemaName, typeOf } from "./schema.js";

interface Operation {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly (Schema & {
    readonly name: string;
    readonly in: "path" | "query" | "header";
    readonly required?: boolean;
    readonly schema: Schema;
  })[];
  readonly requestBody?: Body;
  readonly security?: readonly { readonly apiKey?: readonly string[] }[];
  readonly responses: Readonly<Record<string, Body>>;
}

interface Body {
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Route extends Operation {
  readonly title: string;
}

/** The routes by their group, then every schema that they name. */
export function apiPage(app: { swagger(): object }): string[] {
  const document = app.swagger() as OpenApi;
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => method !== "head")
      .map(
        ([method, operation]): Route => ({
          ...operation,
          title: `${method.toUpperCase()} ${path}`,
        }),
      ),
  );
  const groups = [...new Set(routes.map(({ tags }) => tags[0]!))];
  return [
    "# API",
    "",
    "The service's own copy of this contract is at `/openapi.json`, with pages at `/docs`. Bodies are JSON unless a route says",
    "otherwise, of at most the KiB that its 413 names. Every error is a [problem](errors.md). Lists return `data`, `hasMore` and",
    "`nextCursor`; pass that as `cursor` to get the next page. A page ends at `limit` rows or at about 4 MiB. Once there are API keys, each route needs the scope that it names, in the header",
    "`Authorization: Bearer wn_...`; `write` includes `read`, and `admin` includes both.",
    "",
    ...table(
      ["route", "scope", "what it does"],
      routes.map((route) => [
        `[\`${route.title}\`](#${anchorOf(route.title)})`,
        scopeOf(route),
        route.summary,
      ]),
    ),
    "",
    ...groups.flatMap((group) => [
      `## ${group[0]!.toUpperCase()}${group.slice(1)}`,
      "",
      ...routes.filter(({ tags }) => tags[0] === group).flatMap(routeSection),
    ]),
    "## Schemas",
    "",
    ...schemasOf(document, routes).flatMap(schemaSection),
  ];
}

const scopeOf = ({ security }: Operation): string => security?.[0]?.apiKey?.[0] ?? "none";

function routeSection(route: Route): string[] {
  const { title, summary, parameters = [], requestBody, responses } = route;
  return [
    `### ${title}`,
    "",
    `${sentence(summary)} Scope: ${scopeOf(route)}.`,
    "",
    ...(parameters.length === 0
      ? []
      : [
          ...table(
            ["parameter", "in", "type", "default", "meaning"],
            parameters.map((one) => {
              const [field] = fieldsOf({ properties: { [one.name]: one.schema } });
              return [
                code(one.name),
                one.in,
                field!.type,
                one.required && one.in !== "path" ? "*required*" : field!.default,
                sentence(one.description ?? field!.description),
              ];
            }),
          ),
          "",
        ]),
    ...(requestBody === undefined ? [] : bodySection(requestBody)),
    `Returns ${Object.entries(responses)
      .filter(([, body]) => !isProblem(body))
      .map(([status, body]) => `${status} ${answerOf(body)}`.trim())
      .join(", or ")}. Refuses with ${refusalsOf(responses).join(", ")}.`,
    "",
  ];
}

function bodySection({ content = {}, description = "" }: Body): string[] {
  const types = Object.keys(content);
  if (types.length === 0) return [];
  const schema = content["application/json"]?.schema;
  if (schema === undefined) {
    return [`Body, as ${anyOf(types.map(code))}: ${sentence(description || "bytes")}`, ""];
  }
  if (schema.properties !== undefined) return ["Body:", "", ...inputTable(fieldsOf(schema)), ""];
  return [`Body: ${typeOf(schema)}.`, ""];
}

const isProblem = ({ content = {} }: Body): boolean =>
  Object.keys(content).join() === "application/problem+json";

/** Statuses with the codes of their problems, as the descriptions list them. */
const refusalsOf = (responses: Operation["responses"]): string[] =>
  Object.entries(responses).flatMap(([status, { description = "" }]) => {
    const [, codes = ""] = description.split(": ");
    return codes.startsWith("`") ? [`${status} (${codes})`] : [];
  });

function answerOf({ content = {} }: Body): string {
  const forms = Object.entries(content).map(([type, { schema = {} }]) => {
    const list = schema.properties?.data?.items;
    if (list !== undefined) return `a page of ${typeOf(list)}`;
    return type === "application/json" && schema.$ref !== undefined ? typeOf(schema) : code(type);
  });
  return forms.length === 0 ? "without a body" : anyOf(forms);
}

/** `a, b or c` */
const anyOf = (items: readonly string[]): string =>
  [items.slice(0, -1).join(", "), ...items.slice(-1)].filter((part) => part !== "").join(" or ");

interface NamedSchema {
  readonly name: string;
  readonly schema: Schema;
  /** Whether callers send it: then it says what may be left out. */
  readonly isInput: boolean;
}

/** The schemas that the routes name, and those that these name, by name. */
function schemasOf({ components }: OpenApi, routes: readonly Route[]): NamedSchema[] {
  const found = new Map<string, NamedSchema>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const ref: unknown = Reflect.get(value, "$ref");
    if (typeof ref !== "string") {
      for (const part of Object.values(value)) visit(part);
      return;
    }
    const name = schemaName(ref);
    if (found.has(name)) return;
    const schema = components.schemas[componentName(ref)]!;
    found.set(name, { name, schema, isInput: componentName(ref) !== name });
    visit(schema);
  };
  visit(routes.map(({ parameters }) => parameters));
  visit(routes.map(({ requestBody }) => requestBody));
  visit(routes.map(({ responses }) => responses));
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, "en"));
}

function schemaSection({ name, schema, isInput }: NamedSchema): string[] {
  const fieldTable = isInput ? inputTable : outputTable;
  const options = schema.oneOf ?? schema.anyOf;
  const isPlain = (one: Schema): boolean => fieldsOf(one).length === 0;
  const tables =
    isPlain(schema) && (options === undefined || options.every(isPlain))
      ? [sentence(typeOf(schema))]
      : options === undefined
        ? fieldTable(fieldsOf(schema))
        : options.flatMap((option, i) => [
            ...(i === 0 ? [] : ["", "or", ""]),
            ...fieldTable(fieldsOf(option)),
          ]);
  return [
    `### ${name}`,
    "",
    ...(schema.description === undefined ? [] : [sentence(schema.description), ""]),
    ...tables,
    "",
  ];
}

const inputTable = (fields: readonly Field[]): string[] =>
  table(
    ["field", "type", "default", "meaning"],
    fields.map(({ path, type, default: fallback, isRequired, description }) => [
      code(path),
      type,
      isRequired ? "*required*" : fallback,
      sentence(description),
    ]),
  );

const outputTable = (fields: readonly Field[]): string[] =>
  table(
    ["field", "type", "meaning"],
    fields.map(({ path, type, isRequired, description }) => [
      code(path),
      isRequired ? type : `${type}, may be absent`,
      sentence(description),
    ]),
  );
