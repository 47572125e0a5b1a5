import { expect, it } from "vitest";
import { databaseUrlFault } from "./database-url.js";

it.each([
  "postgresql://winnow:secret@127.0.0.1:5432/winnow",
  "postgres://winnow@db/winnow",
  "postgresql://winnow:p%40s%2Fs%23w%3Fo%3Ar%25d@[::1]:5432/winnow",
  "postgresql://winnow:s@db/winnow?sslmode=require&schema=public",
  "postgresql://winnow:s@db/winnow?options=-c%20work_mem%3D5MB%20-c%20role%3Downer",
  "postgresql://winnow:s@db/winnow?options=project%3Dabc&application_name=me%40here",
  "postgresql:///winnow?host=/var/run/postgresql",
  "postgresql://db/a%2Fb%40c",
])("%s is fit to connect with", (url) => expect(databaseUrlFault(url)).toBeNull());

it.each(["mysql://w:s3cr@db/w", "db:5432/winnow", "", "postgresql:w"])(
  "%s is no URL of Postgres",
  (url) => expect(databaseUrlFault(url)).toMatch(/must be a URL that starts with postgresql:/),
);

it.each([
  "s3cr/et",
  "s3cr#et",
  "s3cr?et",
  "s3cr@et",
  "s3cr%et",
  "8/et",
  "8#s3cr",
  "8?s3cr",
  "8?s3cr=et",
  "s3cr:et/x",
  "s3cr et/",
])(
  "a password that is not percent-encoded is told so, and no part of it is shown: %s",
  (password) => {
    const fault = databaseUrlFault(`postgresql://winnow:${password}@127.0.0.1:1/w`);
    expect(fault).toMatch(/percent-encoded/);
    expect(fault).not.toMatch(/s3cr|et@|8[/#?]/);
  },
);

it.each([
  ["schema=mine", "another schema than public"],
  ["options=-c%20search_path%3Dmine", "search_path"],
  ["options=-csearch_path%3Dmine", "search_path"],
  ["options=--search-path%3Dmine", "search-path"],
  ["options=-c%20work_mem%3D5MB%20-c%20TimeZone%3DAsia%2FTokyo", "timezone"],
  ["options=-c%20DateStyle%3DSQL", "datestyle"],
  ["statement_timeout=5", "statement_timeout"],
  ["lock_timeout=5", "lock_timeout"],
  ["client_encoding=LATIN1", "client_encoding"],
])("what Winnow sets itself is refused: %s", (search, named) => {
  expect(databaseUrlFault(`postgresql://w:s@db/w?${search}`)).toContain(named);
});
