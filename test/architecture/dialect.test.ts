import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Node, parseSync, Visitor } from "oxc-parser";
import { globSync } from "tinyglobby";
import { describe, expect, it } from "vitest";
import { root } from "./source-files.js";

/** What is held to the dialect, tests included. Biome holds `#private` (useConsistentMemberAccessibility). */
const HELD = ["{apps,packages}/*/{src,oracle}/**/*.{ts,tsx}", "{bench,test}/**/*.ts"];

/** Calls that return undefined where there is nothing: asserted like an index. */
const MAYBE = new Set(["at", "find", "findLast", "get", "pop", "shift"]);
/** Calls that change what they are called on. */
const CHANGES = new Set(
  "add clear copyWithin delete fill pop push reverse set shift sort splice unshift".split(" "),
);

/** Whatever stands around an expression without changing its value. */
function bare(node: Node): Node {
  const wraps =
    node.type === "TSAsExpression" ||
    node.type === "TSSatisfiesExpression" ||
    node.type === "TSNonNullExpression" ||
    node.type === "ChainExpression" ||
    node.type === "ParenthesizedExpression";
  return wraps ? bare(node.expression) : node;
}

/** `a` of `a.b[c].d`. */
function receiver(node: Node): Node {
  const inner = bare(node);
  return inner.type === "MemberExpression" ? receiver(inner.object) : inner;
}

/** Whether an initializer is a value that the program was written with: no service, no cache. */
function isFixed(initializer: Node): boolean {
  const node = bare(initializer);
  switch (node.type) {
    case "Literal":
      return true;
    case "Identifier":
      return /^[A-Z]/.test(node.name);
    case "MemberExpression":
      return isFixed(receiver(node));
    case "SpreadElement":
    case "UnaryExpression":
      return isFixed(node.argument);
    case "TemplateLiteral":
      return node.expressions.every(isFixed);
    case "BinaryExpression":
      return isFixed(node.left) && isFixed(node.right);
    case "ArrayExpression":
      return (
        node.elements.length > 0 && node.elements.every((item) => item === null || isFixed(item))
      );
    case "ObjectExpression":
      return (
        node.properties.length > 0 &&
        node.properties.every((p) => isFixed(p.type === "SpreadElement" ? p : p.value))
      );
    case "NewExpression":
      return (
        node.callee.type === "Identifier" &&
        /^(Set|Map|RegExp|\w+Array)$/.test(node.callee.name) &&
        node.arguments.length > 0 &&
        node.arguments.every(isFixed)
      );
    case "CallExpression":
      return (
        node.callee.type === "MemberExpression" &&
        isMadeOfValues(bare(node.callee.object)) &&
        node.arguments.every(isFixed)
      );
    default:
      return false;
  }
}

/** `Object` and `Math`, and literals: what they are called for is a value too. */
const isMadeOfValues = (node: Node) =>
  node.type === "Identifier"
    ? node.name === "Object" || node.name === "Math"
    : node.type !== "CallExpression" && isFixed(node);

/** Where a file leaves the dialect, as `path:line what`. */
function faultsOf(path: string, text: string): string[] {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const faults: string[] = [];
  const say = (node: Node, what: string) =>
    faults.push(`${path}:${text.slice(0, node.start).split("\n").length} ${what}`);

  const changed = new Set<string>();
  const changes = (target: Node) => {
    const of = receiver(target);
    if (of.type === "Identifier" && of !== target) changed.add(of.name);
  };
  new Visitor({
    AssignmentExpression: (node) => changes(node.left),
    UpdateExpression: (node) => changes(node.argument),
    CallExpression({ callee }) {
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
      if (CHANGES.has(callee.property.name)) changes(callee);
    },
    TSAsExpression(node) {
      const of = node.expression.type === "ChainExpression" ? bare(node) : node.expression;
      const isIndex =
        of.type === "MemberExpression" &&
        of.computed &&
        !(of.property.type === "Literal" && typeof of.property.value === "string");
      const isMaybe =
        of.type === "CallExpression" &&
        of.callee.type === "MemberExpression" &&
        of.callee.property.type === "Identifier" &&
        MAYBE.has(of.callee.property.name);
      if (isIndex || isMaybe) say(node, `${text.slice(node.start, node.end)}: assert it with !`);
    },
  }).visit(program);

  for (const statement of program.body) {
    const declared =
      statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declared?.type !== "VariableDeclaration" || declared.kind !== "const") continue;
    for (const { id, init } of declared.declarations) {
      if (id.type !== "Identifier" || init === null || /^[A-Z][A-Z0-9_]*$/.test(id.name)) continue;
      if (isFixed(init) && !changed.has(id.name)) say(id, `${id.name}: a constant is UPPER_CASE`);
    }
  }
  return faults;
}

describe("one dialect", () => {
  it("a module's constants are UPPER_CASE, and an index is asserted with !", () => {
    const files = globSync(HELD, { cwd: root, ignore: ["**/generated/**", "**/*.d.ts"] });
    expect(files.length).toBeGreaterThan(200);
    const faults = files.sort().flatMap((f) => faultsOf(f, readFileSync(join(root, f), "utf8")));
    expect(faults).toEqual([]);
  });

  it.each([
    ["const limit = 3;", "limit: a constant is UPPER_CASE"],
    ["export const names = ['a'] as const;", "names: a constant is UPPER_CASE"],
    ["const big = 2 ** 20 - SMALL;", "big: a constant is UPPER_CASE"],
    ["const known = new Set(['a']);", "known: a constant is UPPER_CASE"],
    ["const lines = ['a', 'b'].join();", "lines: a constant is UPPER_CASE"],
    ["f(list[i] as number);", "list[i] as number: assert it with !"],
    ["f(list?.[i] as number);", "list?.[i] as number: assert it with !"],
    ["f(list.at(-1) as string);", "list.at(-1) as string: assert it with !"],
  ])("refuses %s", (text, what) => {
    expect(faultsOf("a.ts", text)).toEqual([`a.ts:1 ${what}`]);
  });

  it.each([
    "const LIMIT = 3;",
    "const seen = new Map<string, number>();",
    "const seen = { n: 0 }; seen.n++;",
    "const waiting = ['a']; waiting.push('b');",
    "const f = () => 3;",
    "const memory = { make: (n: number) => new Int32Array(n) };",
    "const megabytes = process.memoryUsage().rss / 1e6;",
    "const size = { rows, classes: 3 };",
    "const keys = Object.keys(found);",
    "const Schema = z.object({});",
    "function f() { const limit = 3; return limit; }",
    "f(list[i]!); f(headers['etag'] as string); f(value as number);",
  ])("takes %s", (text) => {
    expect(faultsOf("a.ts", text)).toEqual([]);
  });
});
