import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { globSync } from "tinyglobby";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { INFRA_TOOLS } from "../../infra/checks/tools.mjs";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const tools = createRequire(join(INFRA_TOOLS, "package.json"));

type Validate = ((data: unknown) => boolean) & {
  errors?: { instancePath: string; message?: string }[];
};
const { default: Ajv } = tools("ajv") as {
  default: new (options: object) => { compile(schema: object): Validate };
};

interface Schema {
  readonly $schema: string;
}

/** The faults of a Compose file by the schema of the Compose specification. */
function composeFaults(text: string): string[] {
  // Ajv knows the draft under another URL.
  const path = join(INFRA_TOOLS, "node_modules/dclint/schemas/compose.schema.json");
  const { $schema: _, ...schema } = JSON.parse(readFileSync(path, "utf8")) as Schema;
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  validate(parse(text, { merge: true }));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe.each(["docker-compose.yml", ...globSync("infra/docker/compose*.yml", { cwd: ROOT })])(
  "%s",
  (path) => {
    it("is a Compose file", () => {
      expect(composeFaults(read(path))).toEqual([]);
    });

    it("with a typo is none", () => {
      expect(composeFaults(read(path).replace("services:", "servises:"))).not.toEqual([]);
      expect(composeFaults(read(path).replace("deploy:", "deplyo:"))).not.toEqual([]);
    });
  },
);

interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number } };
}
const { validate } = tools("dockerfile-utils") as { validate(text: string): Diagnostic[] };
const dockerfileFaults = (text: string): string[] =>
  validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`);

describe.each(globSync("infra/docker/*Dockerfile", { cwd: ROOT }))("%s", (path) => {
  it("has no fault", () => {
    expect(dockerfileFaults(read(path))).toEqual([]);
  });

  it("with a typo has one", () => {
    expect(dockerfileFaults(read(path).replace("WORKDIR", "WORKDRI"))).not.toEqual([]);
    expect(dockerfileFaults(read(path).replace("COPY --from=", "COPY --form="))).not.toEqual([]);
  });
});
