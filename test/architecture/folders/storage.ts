import type { PackageRules } from "./rules.js";

export const STORAGE: PackageRules = {
  for: "the files below `STORAGE_DIR`: layout, durable writes, contained paths, sweeps",
  imports: [],
  folders: {
    belonging: {
      for: "whose a storage folder is: its mark, and whether it can be written",
      imports: ["durable", "layout"],
    },
    sweeping: { for: "deletion of old files from a folder, or a count of them", imports: [] },
    full: {
      for: "the full disk: recognises that a disk, a database or a bucket has no space left (`storage-full`)",
      imports: [],
    },
    durable: {
      for: "files that survive a crash: write, sync and rename; growing uploads; files sealed by a checksum",
      imports: ["layout"],
    },
    scratch: {
      for: "files without a name, for what does not fit into memory: nothing is left of them",
      imports: ["layout"],
    },
    reading: { for: "a file's bytes by position, up to a limit", imports: [] },
    locking: {
      for: "lock files, by which processes avoid making the same file twice",
      imports: ["layout"],
    },
    layout: {
      for: "every folder and file name below `STORAGE_DIR`, and the keys that rows store",
      imports: ["contained"],
    },
    contained: { for: "paths from outside that must not leave their root", imports: [] },
  },
};
