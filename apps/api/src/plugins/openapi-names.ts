type Schemas = Record<string, unknown>;
interface Document {
  readonly components?: { readonly schemas?: Schemas };
}

const REFERENCE = /"#\/components\/schemas\/([^"]+)"/g;
const refersTo = (name: string) => `"#/components/schemas/${name}"`;

/**
 * The type provider lists every schema as input, with the suffix `Input`, and as output. This drops
 * those that nothing refers to, and the suffix where input and output are the same, or where there is no
 * output.
 */
export function withPlainNames<T extends Document>(document: T): T {
  const all = document.components?.schemas ?? {};
  const used = usedIn(document, all);
  const same = new Set([...used].filter((name) => isInput(name, all)));
  // An input that holds a different input is different too: until nothing changes.
  for (let before = -1; before !== same.size; ) {
    before = same.size;
    for (const name of same) {
      const output = outputOf(name);
      if (used.has(output) && textOf(all[name], same) !== textOf(all[output], same)) {
        same.delete(name);
      }
    }
  }
  const { components, ...rest } = document;
  const kept = [...used].filter((name) => !(same.has(name) && used.has(outputOf(name))));
  const schemas = Object.fromEntries(
    kept
      .map((name) => [same.has(name) ? outputOf(name) : name, all[name]] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return JSON.parse(textOf({ ...rest, components: { ...components, schemas } }, same)) as T;
}

/** Names that are reached from outside the list of schemas. */
function usedIn({ components: _, ...rest }: Document, all: Schemas): Set<string> {
  const used = new Set<string>();
  const visit = (value: unknown): void => {
    for (const [, name = ""] of JSON.stringify(value ?? null).matchAll(REFERENCE)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(all[name]);
    }
  };
  visit(rest);
  return used;
}

const isInput = (name: string, all: Schemas): boolean =>
  name.endsWith("Input") && outputOf(name) in all;

const outputOf = (name: string): string => name.replace(/Input$/, "");

const textOf = (value: unknown, same: ReadonlySet<string>): string =>
  JSON.stringify(value).replaceAll(REFERENCE, (reference, name: string) =>
    same.has(name) ? refersTo(outputOf(name)) : reference,
  );
