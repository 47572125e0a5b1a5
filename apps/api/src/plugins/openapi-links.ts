/** The part of an OpenAPI document that links are made of. */
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses: Record<string, { readonly content?: Content; links?: Record<string, Link> }>;
}
type Content = Readonly<Record<string, { readonly schema?: Schema }>>;
interface Schema {
  readonly $ref?: string;
  readonly pattern?: string;
  readonly const?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}
interface Link {
  readonly operationId: string;
  readonly description: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly requestBody?: unknown;
}
export interface LinkedDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The pattern of an id names its kind. */
const ID = /^\^[a-z]+_\[0-9a-f\]/;

/**
 * Adds links, by which a tool walks the pipeline by itself: an id in an answer leads to the operations
 * that take such an id, in their path or in their body. Only a resource's own id leads to all of
 * them; that of another resource leads to its GET. Ids are known by their patterns.
 */
export function addLinks(document: LinkedDocument): void {
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const resolve = (schema: Schema | undefined): Schema | undefined =>
    schema?.$ref
      ? document.components.schemas[schema.$ref.replace("#/components/schemas/", "")]
      : schema;
  /** The kinds of id of an object's fields; of a choice, those of all its options. */
  const idsOf = (schema: Schema | undefined): [field: string, kind: string][] => {
    const found = resolve(schema);
    const fields = Object.entries(found?.properties ?? {}).flatMap(([field, inner]) => {
      const kind = [inner, ...(inner.anyOf ?? [])].map((one) => resolve(one)?.pattern ?? "");
      return kind
        .filter((pattern) => ID.test(pattern))
        .map((pattern) => [field, pattern] as [string, string]);
    });
    return [...fields, ...(found?.anyOf ?? found?.oneOf ?? []).flatMap(idsOf)];
  };
  /** The smallest body with such an id: in a field, or in an option of a choice by `type`. */
  const bodyWith = (schema: Schema | undefined, kind: string, from: string): object | undefined => {
    const found = resolve(schema);
    for (const [field, inner] of Object.entries(found?.properties ?? {})) {
      const value = resolve(inner);
      if (value?.pattern === kind) {
        const type = found?.properties?.type?.const;
        return { ...(type === undefined ? {} : { type }), [field]: from };
      }
      for (const option of value?.oneOf ?? []) {
        const nested = bodyWith(option, kind, from);
        if (nested && found?.required?.includes(field)) return { [field]: nested };
      }
    }
    return undefined;
  };
  const bodyOf = ({ requestBody }: Operation) => requestBody?.content?.["application/json"]?.schema;

  const linksTo = (kind: string, from: string, isOwn: boolean): [string, Link][] =>
    operations.flatMap((operation): [string, Link][] => {
      const { operationId, parameters = [] } = operation;
      const inPath = parameters.filter((one) => one.in === "path");
      if (inPath.length === 1 && inPath[0]!.schema.pattern === kind) {
        if (!isOwn && !/^get[A-Z][a-z]+([A-Z][a-z]+)?$/.test(operationId)) return [];
        const { name } = inPath[0]!;
        return [
          [operationId, { operationId, description: `Its ${name}`, parameters: { [name]: from } }],
        ];
      }
      if (!isOwn || inPath.length > 0) return [];
      const requestBody = bodyWith(bodyOf(operation), kind, from);
      const description = "Sends its id, with what else the operation needs";
      return requestBody ? [[operationId, { operationId, description, requestBody }]] : [];
    });

  for (const { responses } of operations) {
    for (const [status, response] of Object.entries(responses)) {
      const schema = resolve(response.content?.["application/json"]?.schema);
      if (!status.startsWith("2") || !schema) continue;
      const isList = schema.properties?.data !== undefined;
      const item = isList ? resolve(schema.properties?.data)?.items : schema;
      const at = isList ? "$response.body#/data/0" : "$response.body#";
      const links = idsOf(item).flatMap(([field, kind]) =>
        linksTo(kind, `${at}/${field}`, field === "id"),
      );
      if (links.length > 0) response.links = Object.fromEntries(links.reverse());
    }
  }
}
