import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  CheckpointStoreUnreachable,
  folderCheckpointStore,
} from "../../checkpoints/checkpoint-store.js";
import { type CheckpointOptions, openCheckpoints } from "./checkpoints.js";

let root: string;
let folder: string;
let faults: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "winnow-checkpoints-"));
  folder = join(root, "task_1");
  faults = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (options: Partial<CheckpointOptions> = {}) =>
  openCheckpoints({
    checkpointStore: folderCheckpointStore(folder),
    attempt: 1,
    intervalMs: 0,
    stopping: () => false,
    onStopped: () => {},
    onFault: (message) => faults.push(message),
    ...options,
  });

const state = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);

it("the last two states are kept, and the last is loaded", async () => {
  const checkpoints = open();
  expect(await checkpoints.load()).toBeNull();
  expect(checkpoints.resumed).toBe(false);
  for (const text of ["one", "two", "three"]) await checkpoints.save(state(text));
  expect(readdirSync(folder).sort()).toEqual(["00000002-1.checkpoint", "00000003-1.checkpoint"]);
  const next = open({ attempt: 2 });
  expect(textOf(await next.load())).toBe("three");
  expect(next.resumed).toBe(true);
  await next.save(state("four"));
  expect(readdirSync(folder).sort()).toEqual(["00000003-1.checkpoint", "00000004-2.checkpoint"]);
});

it("the next save first removes what an earlier attempt left half written, and no other attempt's", async () => {
  await open().save(state("one"));
  writeFileSync(join(folder, "00000002-1.checkpoint.abc.part"), "half");
  writeFileSync(join(folder, "00000002-3.checkpoint.def.part"), "being written");
  const room: string[][] = [];
  const checkpointStore = folderCheckpointStore(folder);
  const write: typeof checkpointStore.write = (name, content) => {
    room.push(readdirSync(folder).sort());
    return checkpointStore.write(name, content);
  };
  await open({ attempt: 3, checkpointStore: { ...checkpointStore, write } }).save(state("two"));
  expect(room).toEqual([["00000001-1.checkpoint", "00000002-3.checkpoint.def.part"]]);
});

it("a damaged state is skipped for the one before", async () => {
  const checkpoints = open();
  await checkpoints.save(state("one"));
  await checkpoints.save(state("two"));
  truncateSync(join(folder, "00000002-1.checkpoint"), 20);
  expect(textOf(await open().load())).toBe("one");
  expect(faults).toEqual(["the checkpoint 00000002-1.checkpoint is damaged; it is skipped"]);
  truncateSync(join(folder, "00000001-1.checkpoint"), 0);
  expect(await open().load()).toBeNull();
});

it("a save is due by the clock only, unless the process has been asked to end", async () => {
  const rare = open({ intervalMs: 60_000 });
  expect(rare.everySteps).toBe(Number.POSITIVE_INFINITY);
  await rare.save(state("an epoch's end"));
  expect(existsSync(folder)).toBe(false);
  let ended = 0;
  const last = openCheckpoints({
    checkpointStore: folderCheckpointStore(folder),
    attempt: 1,
    intervalMs: 60_000,
    stopping: () => true,
    onStopped: () => {
      ended += 1;
    },
    onFault: () => {},
  });
  expect(last.everySteps).toBe(1);
  await last.save(state("the last"));
  expect(ended).toBe(1);
  expect(textOf(await open().load())).toBe("the last");
});

it("clear leaves nothing", async () => {
  const checkpoints = open();
  await checkpoints.save(state("one"));
  await checkpoints.clear();
  expect(existsSync(folder)).toBe(false);
  expect(await checkpoints.load()).toBeNull();
});

it("a storage that does not answer fails no fold; the next save is attempted when it is due", async () => {
  let reachable = false;
  const real = folderCheckpointStore(folder);
  const checkpoints = openCheckpoints({
    checkpointStore: {
      ...real,
      write: async (name, bytes) => {
        if (!reachable) throw new CheckpointStoreUnreachable("no answer");
        await real.write(name, bytes);
      },
    },
    attempt: 1,
    intervalMs: 0,
    stopping: () => false,
    onStopped: () => {},
    onFault: (message) => faults.push(message),
  });
  await checkpoints.save(state("lost"));
  expect(faults).toEqual(["a checkpoint was not saved: no answer"]);
  reachable = true;
  await checkpoints.save(state("kept"));
  expect(textOf(await open().load())).toBe("kept");
});
