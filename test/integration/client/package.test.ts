import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROUTES } from "@winnow/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClientProject, openClientProject } from "../../support/packed-client.js";
import { openService, type TestService } from "../../support/service.js";
import { openTcpProxy, type TcpProxy } from "../../support/tcp-proxy.js";

const root = join(import.meta.dirname, "../../..");
let folder: string;
let project: ClientProject;
let service: TestService;
let proxy: TcpProxy;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "winnow-package-"));
  project = await openClientProject(folder);
  service = await openService();
  proxy = await openTcpProxy(Number(new URL(service.api.url).port));
}, 180_000);

afterAll(async () => {
  await proxy?.close();
  await service?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("the packed client", () => {
  it("brings no other package, and no script that runs when it is installed", () => {
    const modules = join(folder, "node_modules");
    const installed = readdirSync(modules).filter((name) => !name.startsWith("."));
    expect(installed).toEqual(["@winnow"]);
    expect(readdirSync(join(modules, "@winnow"))).toEqual(["client"]);
    const manifest = JSON.parse(readFileSync(join(modules, "@winnow/client/package.json"), "utf8"));
    expect(manifest).not.toHaveProperty("dependencies");
    expect(Object.keys(manifest.scripts)).toEqual(["prepack"]);
    const files = readdirSync(join(modules, "@winnow/client"), { recursive: true }) as string[];
    expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "dist/index.js"]));
    expect(files.filter((file) => /\.test\.|(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });

  it("has for every route the types of the contract", { timeout: 120_000 }, async () => {
    const own = join(root, "packages/client/dist/contract/types.js");
    const packed = "./node_modules/@winnow/client/dist/types/contract/types.js";
    const parts = ["params", "query", "body", "answer", "streams", "queues"];
    const lines = Object.keys(ROUTES).flatMap((name) =>
      parts.map((part) => {
        const types = `Own["${name}"]["${part}"], Packed["${name}"]["${part}"]`;
        return `export const ${name}_${part}: Same<${types}> = true;`;
      }),
    );
    const head = [
      `import type { RouteTypes as Own } from ${JSON.stringify(own)};`,
      `import type { RouteTypes as Packed } from "${packed}";`,
      "type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : B) : A;",
      "export const names: Same<keyof Own, keyof Packed> = true;",
    ];
    const source = [...head, ...lines].join("\n");
    await project.compile({ "same.ts": source }, "--noEmit", "--skipLibCheck", "--types", "");
    const wrong = source.replace(/Own\["listJobs"\]\["answer"\]/, 'Own["getJob"]["answer"]');
    const failure = project.compile(
      { "wrong.ts": wrong },
      "--noEmit",
      "--skipLibCheck",
      "--types",
      "",
    );
    await expect(failure).rejects.toThrow(/wrong\.ts\(\d+,\d+\): error TS2322/);
  });

  it("serves pages and Node alike, and refuses what a route does not take", {
    timeout: 120_000,
  }, async () => {
    const program = (body: string) =>
      `import { createClient } from "@winnow/client";\nconst c = createClient("http://a");\n${body}`;
    const page = ["--noEmit", "--types", "", "--lib", "es2023,dom,dom.asynciterable"];
    const right = `export const job = c.call("getJob", { params: { id: "a" }, query: { wait: 3 } });
      export const kind = job.then(({ kind }) => kind satisfies string);`;
    await project.compile({ "right.ts": program(right) }, ...page);
    const wrong = [
      [`c.call("getJob");`, "TS2554"],
      [`c.call("getJob", { params: { id: 3 } });`, "TS2322"],
      [`c.call("getJobs", {});`, "TS2345"],
      [`c.call("listJobs", { query: { state: "done" } });`, "TS2322"],
    ];
    const lines = wrong.map(([line]) => line).join("\n");
    const found = await project.compile({ "wrong.ts": program(lines) }, ...page).then(
      () => "compiled",
      (error: Error) => error.message,
    );
    const errors = [...found.matchAll(/^wrong\.ts\((\d+),\d+\): error (TS\d+)/gm)];
    expect(errors.map(([, line, code]) => [Number(line), code])).toEqual(
      wrong.map(([, code], i) => [3 + i, code]),
    );
  });

  it("does a person's work against a real service, also through connections that break", {
    timeout: 180_000,
  }, async () => {
    project.addNodeTypes();
    const source = readFileSync(join(import.meta.dirname, "program.ts"), "utf8");
    await project.compile({ "program.ts": source }, "--types", "node", "--skipLibCheck");
    const env = { WINNOW_URL: service.api.url, PROXY: `http://127.0.0.1:${proxy.port}` };
    // Ever more seldom, so that what takes long on a slow machine comes through in the end.
    let ended = false;
    let cuts = 0;
    const cutting = (async () => {
      for (; !ended; cuts += 1) {
        await sleep(100 + 50 * cuts);
        proxy.cut();
      }
    })();
    const output = await project.run(process.execPath, ["program.js"], env).finally(() => {
      ended = true;
    });
    await cutting;
    expect(cuts).toBeGreaterThan(3);
    expect(JSON.parse(output)).toEqual({
      upload: "whole",
      ingest: "succeeded",
      several: ["succeeded", "failed"],
      rows: 3000,
      unreachable: "UnreachableError",
      late: "WaitTimeoutError",
      aborted: "enough",
      terminal: ["succeeded", "failed", "cancelled"],
      webhook: "job.succeeded",
    });
  });
});
