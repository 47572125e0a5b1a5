import { defineConfig } from "prisma/config";

/** Paths are relative to this file. `generate` and `validate` need no database. */
export default defineConfig({
  schema: "schema.prisma",
  migrations: { path: "migrations" },
  datasource: { url: process.env.DATABASE_URL ?? "" },
});
