import type { PackageRules } from "./rules.js";

export const COPY_ROWS: PackageRules = {
  for: "rows as Postgres' binary COPY has them: a reader's process writes samples and rejects, the store checks them and adds whose they are",
  imports: [],
  note: "no connection and no SQL; the reader's process needs neither",
  folders: {
    samples: {
      for: "samples and rejects as blocks of rows, and the check of blocks that another process wrote",
      imports: ["format"],
    },
    format: { for: "one row of a binary COPY, written field by field or located", imports: [] },
  },
};
