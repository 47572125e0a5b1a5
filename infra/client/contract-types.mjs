/** The contract's types as a declaration file that stands alone. */
import { z } from "zod";
import { JobValidation, ROUTES, Stream } from "../../packages/contracts/dist/index.js";
import { declarations, typeText } from "./type-text.mjs";

/** The text of `contract/types.d.ts`. Beyond what the routes name it has the schemas in `also`. */
export function contractTypes(also = {}) {
  const routes = Object.entries(ROUTES);
  const sent = jsonSchema("input", (route) => [
    ...entryOf("params", route.params),
    ...entryOf("query", route.query?.partial()),
    ...entryOf("body", route.body),
  ]);
  const answered = jsonSchema(
    "output",
    (route) => Object.entries(route.responses),
    Object.entries(also),
  );
  const { text, resolve } = declarations({ sent: sent.$defs, answered: answered.$defs });
  const typeOf = (schema, isSent) => resolve(typeText(schema, "    "), isSent);
  const lines = routes.flatMap(([name, route]) => {
    const part = (key) => {
      const schema = sent.properties[`${name}.${key}`];
      return `    ${key}: ${schema ? typeOf(schema, true) : "undefined"};`;
    };
    const answers = Object.keys(route.responses).map((status) =>
      typeOf(answered.properties[`${name}.${status}`], false),
    );
    return [
      `  /** ${route.summary} */`,
      `  ${name}: {`,
      ...["params", "query", "body"].map(part),
      `    answer: ${[...new Set(answers)].join(" | ")};`,
      `    streams: ${Object.values(route.responses).includes(Stream)};`,
      `    queues: ${route.alsoAnswers?.[200] === JobValidation};`,
      "  };",
    ];
  });
  return [
    "// What the routes of the service take and answer.",
    "",
    "export type RouteName = keyof RouteTypes;",
    "",
    "/** Of each route: what it takes, `undefined` where it takes none, and what it answers. */",
    "export interface RouteTypes {",
    ...lines,
    "}",
    "",
    text,
    "",
  ].join("\n");
}

const entryOf = (key, schema) => (schema === undefined ? [] : [[key, schema]]);

/** Parts of all routes as one JSON Schema, its properties `route.part`, with the named ones once. */
function jsonSchema(io, partsOf, others = []) {
  const parts = Object.entries(ROUTES).flatMap(([name, route]) =>
    partsOf(route).map(([part, schema]) => [`${name}.${part}`, schema]),
  );
  const whole = z.object(Object.fromEntries([...parts, ...others]));
  return z.toJSONSchema(whole, { io });
}
