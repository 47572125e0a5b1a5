import { JobValidation, Problem, ROUTES, type Route, Stream } from "@winnow/contracts";
import { z } from "zod";

/** The part of JSON Schema that says of which type a value is. */
interface TypeSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly TypeSchema[];
  readonly oneOf?: readonly TypeSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, TypeSchema>>;
  readonly required?: readonly string[];
}

/** Rows that pages of lists may have at most. */
const PAGES = [1000, 200] as const;

/**
 * The route table as the client has it at run time: plain values, so that nobody who calls the service
 * has to load its schemas.
 */
export function routeTable(): string {
  const answers = new Map<string, string>([answerOf(Problem), answerOf(JobValidation)]);
  const routes = Object.entries<Route>(ROUTES).map(([name, route]) => {
    const successes = Object.entries(route.responses).map(([status, schema]) => {
      return `${status}: "${register(schema, answers)}"`;
    });
    const also = Object.keys(route.alsoAnswers ?? {});
    const page = largestPage(route);
    const parts = [
      `method: "${route.method}"`,
      `path: "${route.path}"`,
      ...(route.idempotencyKey ? ["idempotencyKey: true"] : []),
      ...(page === undefined ? [] : [`largestPage: ${page}`]),
      `answers: { ${successes.join(", ")} }`,
      ...(also.length === 0 ? [] : [`alsoAnswers: [${also.join(", ")}]`]),
    ];
    return `  ${name}: { ${parts.join(", ")} },`;
  });
  return `${[
    "// Generated from the contract by `npm run docs:reference`; edit the contract, not this file.",
    "",
    "/** The fields that an answer always has, with their types. */",
    "export const ANSWERS = {",
    ...[...answers].map(([name, fields]) => `  ${name}: "${fields}",`),
    "} as const;",
    "",
    "/** Every route of the service. */",
    "export const ROUTE_TABLE = {",
    ...routes,
    "} as const;",
  ].join("\n")}\n`;
}

/** The name of an answer, whose fields are noted. */
function register(schema: z.ZodType, answers: Map<string, string>): string {
  if (schema === Stream) return "stream";
  if (schema instanceof z.ZodNull) return "nothing";
  const [name, fields] = answerOf(schema);
  answers.set(name, fields);
  return name;
}

function answerOf(schema: z.ZodType): [name: string, fields: string] {
  const name = z.globalRegistry.get(schema)?.id;
  const { $defs = {}, ...root } = z.toJSONSchema(schema, { io: "output" });
  const definitions = $defs as Record<string, TypeSchema>;
  const { properties, required } = resolve(root as TypeSchema, definitions);
  if (name === undefined || properties === undefined || required === undefined) {
    throw new Error("An answer of the contract is an object with a name: .meta({ id }).");
  }
  const fields = required.map((key) => {
    const types = typesOf(properties[key]!, definitions);
    return `${key}:${[...new Set(types)].join("|")}`;
  });
  // All lists are alike in their outermost fields.
  return [properties.nextCursor ? "Page" : name, fields.join(" ")];
}

/** The types of JavaScript that a value may have; `any` where the schema leaves it open. */
function typesOf(schema: TypeSchema, definitions: Record<string, TypeSchema>): string[] {
  const { type, anyOf, oneOf, enum: values, const: only } = resolve(schema, definitions);
  const choices = anyOf ?? oneOf;
  if (choices) return choices.flatMap((choice) => typesOf(choice, definitions));
  if (type !== undefined) {
    return [type].flat().map((one) => (one === "integer" ? "number" : one));
  }
  const literals = values ?? (only === undefined ? [] : [only]);
  return literals.length === 0 ? ["any"] : literals.map((one) => typeof one);
}

function resolve(schema: TypeSchema, definitions: Record<string, TypeSchema>): TypeSchema {
  const name = schema.$ref?.replace("#/$defs/", "");
  return name === undefined ? schema : resolve(definitions[name]!, definitions);
}

/** The most that a page of this list may have; undefined where the service decides. */
function largestPage({ query }: Route): number | undefined {
  const limit = query?.shape.limit;
  return limit && PAGES.find((rows) => limit.safeParse(String(rows)).success);
}
