import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A repository of the hub: files by path, and which of them are in LFS. */
export interface HubRepository {
  readonly files: ReadonlyMap<string, Buffer>;
  /** Branches and tags, by name. */
  readonly revisions: Readonly<Record<string, string>>;
  /** Without it, anybody may read. */
  readonly token?: string;
}

/** A server that answers as the hub of models does. */
export interface ModelHub {
  readonly url: string;
  /** Paths of the files that were asked for, each as often as it was. */
  readonly fetched: { path: string; range: string | undefined }[];
  /** Ends the next answers with this file after so many bytes. */
  cutNext(path: string, bytes: number, times: number): void;
  /** Sends other bytes than the hub lists. */
  spoil(path: string): void;
  close(): Promise<void>;
}

const LFS = /\.(safetensors|bin)$/;

export async function openModelHub(
  repositories: Readonly<Record<string, HubRepository>>,
): Promise<ModelHub> {
  const fetched: ModelHub["fetched"] = [];
  const cuts = new Map<string, Cut>();
  const spoilt = new Set<string>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://hub");
    const api = /^\/api\/models\/(.+?)\/(revision|tree)\/([^/]+)$/.exec(pathname);
    const file = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
    const repository = repositories[(api ?? file)?.[1] ?? ""];
    // The hub hides what may not be read behind the same answer as what does not exist.
    const mayRead =
      repository &&
      (repository.token === undefined ||
        request.headers.authorization === `Bearer ${repository.token}`);
    if (!mayRead) json(response, 401, { error: "Invalid username or password." });
    else if (api) answer(response, repository, api[2]!, api[3]!);
    else answerFile(request, response, repository, file![3]!);
  });
  const answerFile = (
    request: IncomingMessage,
    response: ServerResponse,
    repository: HubRepository,
    path: string,
  ): void => {
    const content = repository.files.get(path);
    if (content === undefined) {
      json(response, 404, { error: "Entry not found" });
      return;
    }
    const { range } = request.headers;
    if (range !== "bytes=0-0") fetched.push({ path, range });
    sendFile(request, response, spoilt.has(path) ? Buffer.alloc(content.length, "x") : content, {
      cut: range === "bytes=0-0" ? undefined : take(cuts, path),
      etag: sha256(content),
    });
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fetched,
    cutNext: (path, bytes, times) => cuts.set(path, { bytes, times }),
    spoil: (path) => spoilt.add(path),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function answer(
  response: ServerResponse,
  { files, revisions }: HubRepository,
  what: string,
  revision: string,
): void {
  const commit = revisions[revision] ?? Object.values(revisions).find((sha) => sha === revision);
  const entries = Array.from(files, ([path, content]) => ({
    type: "file",
    path,
    size: content.length,
    oid: createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex"),
    ...(LFS.test(path) && {
      lfs: { oid: sha256(content), size: content.length, pointerSize: 130 },
    }),
  }));
  if (commit === undefined) json(response, 404, { error: "Invalid rev id" });
  else json(response, 200, what === "tree" ? entries : { id: "x", _id: "1", sha: commit });
}

function sendFile(
  { headers }: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  { cut, etag }: { cut: number | undefined; etag: string },
): void {
  const [, from = "0", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
  const part = content.subarray(Number(from), to === "" ? content.length : Number(to) + 1);
  const last = Number(from) + part.length - 1;
  response.writeHead(headers.range ? 206 : 200, {
    "content-length": part.length,
    etag: `"${etag}"`,
    ...(headers.range && { "content-range": `bytes ${from}-${last}/${content.length}` }),
  });
  if (cut === undefined) response.end(part);
  else response.write(part.subarray(0, cut), () => setTimeout(() => response.destroy(), 100));
}

interface Cut {
  readonly bytes: number;
  times: number;
}

function take(cuts: Map<string, Cut>, path: string): number | undefined {
  const cut = cuts.get(path);
  if (cut === undefined || cut.times === 0) return undefined;
  cut.times--;
  return cut.bytes;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
