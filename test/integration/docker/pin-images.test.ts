import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { root as project } from "../../architecture/source-files.js";

const SLIM = "node:20.20.2-bookworm-slim";
const FULL = "node:20.20.2-bookworm";

let folder: string;
let registry: Server;
let url: string;
/** The manifest that each tag of `library/node` names. */
let manifests: Map<string, string>;
/** What the registry says of a manifest; null: what is true. */
let saidDigest: string | null;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "winnow-pin-"));
  mkdirSync(join(folder, "infra"));
  cpSync(join(project, "infra/docker"), join(folder, "infra/docker"), { recursive: true });
  manifests = new Map([
    ["20.20.2-bookworm-slim", '{"schemaVersion":2,"of":"slim"}'],
    ["20.20.2-bookworm", '{"schemaVersion":2,"of":"full"}'],
  ]);
  saidDigest = null;
  registry = createServer(answer);
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
});

afterEach(async () => {
  registry.closeAllConnections();
  await new Promise((resolve) => registry.close(resolve));
  rmSync(folder, { recursive: true });
});

/** As Docker Hub answers: to nobody without a token, which anybody gets for one repository. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const asked = new URL(request.url ?? "", url);
  if (asked.pathname === "/token") {
    const token = `${asked.searchParams.get("service")} ${asked.searchParams.get("scope")}`;
    response.end(JSON.stringify({ token }));
    return;
  }
  const scope = "repository:library/node:pull";
  if (request.headers.authorization !== `Bearer registry.test ${scope}`) {
    const challenge = `Bearer realm="${url}/token",service="registry.test",scope="${scope}"`;
    response.writeHead(401, { "www-authenticate": challenge }).end();
    return;
  }
  const tag = asked.pathname.replace("/v2/library/node/manifests/", "");
  const manifest = manifests.get(tag);
  const takesIndexes = request.headers.accept?.includes("image.index.v1+json");
  if (manifest === undefined || !takesIndexes) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "docker-content-digest": saidDigest ?? digestOf(manifest) });
  response.end(manifest);
}

const digestOf = (manifest: string) =>
  `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
const digest = (image: string) => digestOf(manifests.get(image.split(":")[1]!)!);

/** Not synchronously: the registry runs in this process. */
function pin(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = join(project, "infra/docker/pin-images.mjs");
  return new Promise((resolve) => {
    const command = [script, "--registry", url, ...args];
    execFile(process.execPath, command, { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

const read = (name: string) => readFileSync(join(folder, "infra/docker", name), "utf8");
const all = () =>
  Object.fromEntries(
    readdirSync(join(folder, "infra/docker")).map((name) => [name, read(name)] as const),
  );

/** The files as they are without any digest. */
const unpinned = (texts: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, text.replace(/@sha256:[0-9a-f]{64}/g, "")]),
  );

it("writes behind every base image what its tag names, and nothing else", async () => {
  const before = all();
  const { code, stdout, stderr } = await pin();
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.split("\n").filter(Boolean).sort()).toEqual(
    [`${SLIM}@${digest(SLIM)}`, `${FULL}@${digest(FULL)}`].sort(),
  );
  for (const name of ["api.Dockerfile", "worker.Dockerfile"]) {
    const bases = read(name).match(/^FROM (?!\$).*$|^ARG BUILD_IMAGE=.*$/gm)!;
    expect(bases.length, name).toBe(2);
    for (const base of bases) expect(base).toContain(`${SLIM}@${digest(SLIM)}`);
  }
  expect(read("compose.gpu.yml")).toContain(`BUILD_IMAGE: ${FULL}@${digest(FULL)}\n`);
  expect(unpinned(all())).toEqual(unpinned(before));
});

it("follows a tag that names other bytes by now, and --check says so first", async () => {
  expect((await pin("--check")).stderr).toContain(`api.Dockerfile: ${SLIM} is not pinned`);
  await pin();
  const old = digest(SLIM);
  expect(await pin("--check")).toEqual({ code: 0, stdout: "", stderr: "" });
  manifests.set("20.20.2-bookworm-slim", '{"schemaVersion":2,"of":"slim","rebuilt":true}');
  const pinned = all();
  const { code, stderr } = await pin("--check");
  expect(code).toBe(1);
  expect(stderr).toContain(
    `worker.Dockerfile: ${SLIM} is pinned to ${old}; its tag names ${digest(SLIM)}`,
  );
  expect(all()).toEqual(pinned);
  await pin();
  expect(read("api.Dockerfile")).not.toContain(old);
  expect(read("api.Dockerfile").split(digest(SLIM))).toHaveLength(3);
});

it.each([
  ["a tag is gone", () => manifests.delete("20.20.2-bookworm"), `answers 404 for ${FULL}`],
  [
    "a manifest is not what the registry says it is",
    () => {
      saidDigest = digestOf("other");
    },
    "and the registry says sha256:",
  ],
])("changes no file where %s", async (_, broken, fault) => {
  const before = all();
  broken();
  const { code, stderr } = await pin();
  expect(code).toBe(1);
  expect(stderr).toContain("Nothing was pinned");
  expect(stderr).toContain(fault);
  expect(all()).toEqual(before);
});
