import { REPOSITORY } from "../../test/architecture/folders/repository.js";
import type { PackageRules } from "../../test/architecture/folders/rules.js";
import { PACKAGES } from "../../test/architecture/folders.js";
import { anchorOf, code, table } from "./markdown.js";

/** What every package and folder is for, and what it may import. */
export function foldersPage(): string[] {
  const packages = Object.entries(PACKAGES);
  return [
    "# Packages and folders",
    "",
    "What each one is for, and what it may import: the tables of `test/architecture/folders`, to which a test holds the code.",
    "A folder imports only folders below it in its table. `index.ts` is a package's entry point and `main.ts` a program's start;",
    "they stand in `src` and may import every folder. [Packages](../explanation/packages.md) explains the rules between them.",
    "",
    ...table(
      ["package", "what it is for", "may import"],
      packages.map(([path, rules]) => [
        rules.folders === undefined ? code(path) : `[\`${path}\`](#${anchorOf(path)})`,
        rules.for,
        packagesOf(rules),
      ]),
    ),
    "",
    ...packages.flatMap(([path, { folders = {} }]) => {
      const rows = Object.entries(folders).map(([name, folder]) => [
        code(name),
        folder.for,
        folder.imports.length === 0 ? "nothing" : folder.imports.map(code).join(", "),
      ]);
      if (rows.length === 0) return [];
      return [`## ${path}`, "", ...table(["in src", "what it is for", "may import"], rows), ""];
    }),
    "## Outside of src",
    "",
    ...table(
      ["folder", "what it is for"],
      Object.entries(REPOSITORY).map(([path, purpose]) => [code(path), purpose]),
    ),
    "",
  ];
}

function packagesOf({ imports, types = [], note }: PackageRules): string {
  const taken = types.length === 0 ? [] : [`of ${types.join(", ")} the types alone`];
  const names = [...imports, ...taken].join(", ") || "nothing";
  return note === undefined ? names : `${names} (${note})`;
}
