import { extname } from "node:path";
import { checkpointName, heldOutName, lockOf, partOf, STORAGE_FOLDERS } from "@winnow/storage";
import { parseSync, Visitor } from "oxc-parser";
import { describe, expect, it } from "vitest";
import { readPackages, type SourceFile } from "./source-files.js";

// Only packages/storage knows what lies below STORAGE_DIR. Everything else asks it for a path or key.

const FOLDER = `(?:${STORAGE_FOLDERS.join("|")})`;
/** What stands for an expression in the text of a template. */
const HOLE = "\0";
const KEY = [
  // `uploads/${id}`, "./models/", 'checkpoints/' in SQL
  new RegExp(`(?:^|['"])(?:\\./)?${FOLDER}/`),
  // `${folder}/uploads`, `${folder}/${name}/models/x`; a URL has a word before its folders
  new RegExp(`^${HOLE}(?:/${HOLE})*/${FOLDER}(?:/|$)`),
];
const SEGMENT = new RegExp(`^${FOLDER}$`);

/** The packages that write below STORAGE_DIR; a user's own files may be named so elsewhere. */
const WRITERS = /^(apps\/(api|worker)|packages\/store)\//;
const ENDINGS = [partOf(""), lockOf(""), extname(checkpointName(1, 1)), extname(heldOutName(1, 1))];
const ENDING = new RegExp(`(?:${ENDINGS.join("|").replaceAll(".", "\\.")})\\$?$`);
/** A fold's folder, an epoch's. */
const MODEL_FOLDER = new RegExp(`(?:^|/)(?:fold|epoch)-(?:${HOLE}|\\d)`);

interface Node {
  readonly type: string;
  readonly start: number;
  readonly name?: unknown;
  readonly value?: unknown;
  readonly property?: Node;
  readonly object?: Node;
  readonly elements?: readonly (Node | null)[];
  readonly quasis?: readonly { readonly value: { readonly cooked: string | null } }[];
  readonly expressions?: readonly Node[];
}

const named = (node: Node | undefined): unknown =>
  node?.type === "MemberExpression" ? node.property?.name : node?.name;

const isStorageDir = (node: Node | undefined): boolean =>
  named(node) === "storageDir" || named(node) === "STORAGE_DIR";

/** A literal's or template's text; undefined for any other node. */
const textOf = ({ value, quasis }: Node): string | undefined =>
  quasis ? quasis.map((part) => part.value.cooked ?? "").join(HOLE) : asText(value);

const asText = (value: unknown) => (typeof value === "string" ? value : undefined);

/** Where a file spells a path below STORAGE_DIR of its own. */
function faultsOf({ path, text }: Pick<SourceFile, "path" | "text">): string[] {
  const faults = new Set<string>();
  const { program } = parseSync(path, text);
  const constants = new Map<unknown, string>();
  const fault = ({ start }: Node, what: string) =>
    faults.add(`${path}:${text.slice(0, start).split("\n").length} ${what}`);
  const look = (node: Node) => {
    const spelled = textOf(node) ?? "";
    const shown = JSON.stringify(spelled.replaceAll(HOLE, "*"));
    const isModule = /\.[jt]s$/.test(spelled);
    if (!isModule && KEY.some((pattern) => pattern.test(spelled))) {
      fault(node, `spells the key ${shown}`);
    }
    if (!WRITERS.test(path)) return;
    if (ENDING.test(spelled)) fault(node, `spells the ending of ${shown}`);
    if (MODEL_FOLDER.test(spelled)) fault(node, `spells the folder of a model ${shown}`);
  };
  const joined = (parts: readonly (Node | null)[]) => {
    if (parts.length < 2) return;
    for (const part of parts) {
      if (!part) continue;
      if (isStorageDir(part)) fault(part, "joins to the storage folder");
      const spelled = textOf(part) ?? constants.get(part.name) ?? "";
      if (spelled.split("/").some((step) => SEGMENT.test(step))) fault(part, `joins ${spelled}`);
    }
  };
  new Visitor({
    VariableDeclarator({ id, init }) {
      const value = init && textOf(init as unknown as Node);
      if (value !== null && value !== undefined) constants.set(named(id as never), value);
    },
  }).visit(program);
  new Visitor({
    Literal(literal) {
      const node = literal as unknown as Node & { regex?: { pattern: string } };
      const pattern = node.regex?.pattern.replaceAll("\\", "");
      look(pattern === undefined ? node : { ...node, value: pattern });
    },
    TemplateLiteral(template) {
      const node = template as unknown as Node;
      look(node);
      node.expressions?.forEach((expression, i) => {
        const next = node.quasis?.[i + 1]?.value.cooked ?? "";
        if (isStorageDir(expression) && next.startsWith("/")) {
          fault(node, "joins to the storage folder");
        }
      });
    },
    BinaryExpression({ operator, left, right }) {
      if (operator !== "+") return;
      const after = textOf(right as unknown as Node);
      if (isStorageDir(left as never) || (after && KEY[1]!.test(HOLE + after))) {
        fault(left as never, "joins to the storage folder");
      }
    },
    CallExpression({ callee, arguments: args }) {
      const { object } = callee as unknown as Node;
      const name = named(callee as never);
      if (name === "join" && object?.elements) {
        const separator = args[0]! as Node | undefined;
        if (separator?.value === "/" || separator?.name === "sep") joined(object.elements);
      } else if (name === "join" || name === "resolve") joined(args as never);
    },
  }).visit(program);
  return [...faults];
}

const files = readPackages()
  .filter(({ path }) => path !== "packages/storage")
  .flatMap(({ files }) => files);

it("nothing outside packages/storage spells a path below STORAGE_DIR", () => {
  expect(files.flatMap(faultsOf)).toEqual([]);
});

it("nothing outside packages/storage syncs files or resolves links", () => {
  const own = files.filter(({ text }) =>
    /\.(data)?sync\(\)|\bf(data)?sync(Sync)?\(|\brealpath(Sync)?\b/.test(text),
  );
  expect(own.map(({ path }) => path)).toEqual([]);
});

describe("the check", () => {
  const faults = (text: string) => faultsOf({ path: "apps/api/src/a.ts", text });
  const hole = (name: string) => `$${`{${name}}`}`;

  it.each([
    'join(config.storageDir, "uploads")',
    "join(storageDir, kind)",
    "resolve(env.STORAGE_DIR, name)",
    'path.join(folder, "models", id)',
    'join("models", id, name)',
    'join(folder, "checkpoints/task_1")',
    'const TOKENS = "tokens"; join(folder, TOKENS)',
    '["models", id].join("/")',
    `const key = \`uploads/${hole("id")}\`;`,
    `const path = \`${hole("folder")}/uploads\`;`,
    `const path = \`${hole("folder")}/${hole("tenant")}/downloads/x\`;`,
    `const path = \`${hole("storageDir")}/${hole("kind")}\`;`,
    'const key = "uploads/" + id;',
    'const path = folder + "/tokens/" + name;',
    "const path = storageDir + suffix;",
    "const sql = \"u.storage_key = 'uploads/' || n.name\";",
    `const part = \`${hole("path")}.part\`;`,
    'const isPart = name.endsWith(".part");',
    "const UNFINISHED = /\\.(part|lock)$/; const PART = /\\.part$/;",
    "const NAME = /^\\d{8}-\\d+\\.checkpoint$/;",
    `const name = \`${hole("epoch")}-1.held-out\`;`,
    `const model = \`${hole("run")}/fold-${hole("fold")}\`;`,
    `const model = join(folder, \`epoch-${hole("epoch")}\`);`,
  ])("sees %j", (text) => {
    expect(faults(text)).not.toEqual([]);
  });

  it.each([
    "const storageDir = resolve(env.STORAGE_DIR);",
    "storedPath(storageDir, uploadKey(id))",
    'folderPath(storageDir, "uploads")',
    `say(\`The storage folder ${hole("storageDir")} is not there.\`)`,
    'const kind = "models"; const what = "models of deleted runs, uploads and tokens";',
    'openLimiter(8, "downloads"); tell({ message: "tokens" })',
    `const href = \`/v1/cross-validations/${hole("id")}/models/${hole("fold")}/x\`;`,
    `reply.header("location", \`/v1/uploads/${hole("id")}\`)`,
    `fetch(\`${hole("url")}/v1/uploads\`)`,
    'const sql = "SELECT id FROM uploads";',
    '["uploads", "models"].join(", ") === text; names.join("/")',
    'join(folder, "config.json"); resolve("models")',
  ])("lets %j pass", (text) => {
    expect(faults(text)).toEqual([]);
  });

  it("lets files of a user's own be named as parts", () => {
    const text = `const draft = \`${hole("file")}.part\`;`;
    expect(faultsOf({ path: "packages/client/src/a.ts", text })).toEqual([]);
  });
});
