import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { FOLDERS } from "./folders.js";
import { readRooms, type SourceFile, targetOf } from "./source-files.js";

/** What may stand at a room's root beside folders: its face, its start, its settings and its errors. */
const AT_ROOT = new Set(["index.ts", "main.ts", "config.ts", "errors.ts"]);
/** Of these, what folders may enter: it has a line in the table. */
const ENTERED = new Set(["config.ts", "errors.ts"]);

const rooms = readRooms().filter((room) => FOLDERS[room.path] !== undefined);

/** `packages/store/src/queue/claim.ts` -> `queue`; a file at the root is named by itself. */
const folderOf = (room: string, path: string): string => {
  const inside = path.slice(`${room}/src/`.length);
  return inside.includes("/") ? dirname(inside) : inside;
};

/** Arrows from one folder into another, with the file and what it imports. */
function arrowsOf(room: string, files: readonly SourceFile[]) {
  return files.flatMap((file) =>
    file.imports.flatMap((specifier) => {
      const target = targetOf(file.path, specifier);
      if (target === null || target.includes("/generated/")) return [];
      const [from, to] = [folderOf(room, file.path), folderOf(room, target)];
      return from === to ? [] : [{ from, to, what: `${file.path} imports ${target}` }];
    }),
  );
}

it("the table names rooms that are there", () => {
  expect(rooms.map((room) => room.path).sort()).toEqual(Object.keys(FOLDERS).sort());
});

it("a room without a line in the table has five files at most", () => {
  const flat = readRooms().filter((room) => FOLDERS[room.path] === undefined);
  expect(flat.filter((room) => room.files.length > 5).map((room) => room.path)).toEqual([]);
});

describe.each(rooms)("$path", ({ path, files }) => {
  const table = FOLDERS[path]!;
  const arrows = arrowsOf(path, files);

  it("has only its face, its start, its settings and folders at its root", () => {
    const atRoot = files.map((f) => f.path.slice(`${path}/src/`.length));
    expect(atRoot.filter((name) => !name.includes("/") && !AT_ROOT.has(name))).toEqual([]);
  });

  it("has a line in the table for every folder, and a folder for every line", () => {
    const folders = new Set(files.map((f) => folderOf(path, f.path)));
    for (const name of AT_ROOT) if (!ENTERED.has(name)) folders.delete(name);
    expect(Object.keys(table).sort()).toEqual([...folders].sort());
  });

  it("enters only the folders that the table allows", () => {
    const strays = arrows
      .filter(({ from }) => from !== "index.ts" && from !== "main.ts")
      .filter(({ from, to }) => !table[from]?.includes(to))
      .map(({ what }) => what);
    expect(strays).toEqual([]);
  });

  it("uses every arrow that the table allows", () => {
    const used = new Set(arrows.map(({ from, to }) => `${from} -> ${to}`));
    const allowed = Object.entries(table).flatMap(([from, targets]) =>
      targets.map((to) => `${from} -> ${to}`),
    );
    expect(allowed.filter((arrow) => !used.has(arrow))).toEqual([]);
  });

  it("runs one way: the table has each folder below those that enter it", () => {
    const names = Object.keys(table);
    const upwards = Object.entries(table).flatMap(([from, targets]) =>
      targets
        .filter((to) => names.indexOf(to) <= names.indexOf(from))
        .map((to) => `${from} -> ${to}`),
    );
    expect(upwards).toEqual([]);
  });
});
