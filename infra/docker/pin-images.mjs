/**
 * `npm run images:pin [-- --check] [--registry URL]`: writes behind each base image of the Dockerfiles which
 * bytes its tag names now (`node:20.20.2-bookworm-slim@sha256:...`), so that every build starts from the same ones until it
 * is run again. It needs the registry, Docker Hub unless --registry names a mirror. With --check it changes nothing and
 * ends with 1 where an image is not pinned, or its tag names other bytes by now.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    registry: { type: "string", default: "https://registry-1.docker.io" },
  },
});

const FOLDER = "infra/docker";
/** A base image where the Dockerfiles and the GPU override name one; stages and variables have no tag. */
const BASE = /^(FROM |ARG BUILD_IMAGE=| +BUILD_IMAGE: )([\w./-]+:[\w.-]+)(?:@(sha256:\w+))?/gm;
/** Indexes first: the digest of one platform's image would build on no other. */
const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");
const TIMEOUT_MS = 30_000;

const files = readdirSync(FOLDER)
  .filter((name) => /\.Dockerfile$|^compose\..*\.yml$/.test(name))
  .map((name) => join(FOLDER, name))
  .map((path) => ({ path, text: readFileSync(path, "utf8") }));
const images = new Set(files.flatMap(({ text }) => [...text.matchAll(BASE)].map((m) => m[2])));
try {
  const digests = new Map();
  for (const image of images) digests.set(image, await digestOf(image));
  if (options.check) check(digests);
  else pin(digests);
} catch (error) {
  console.error(
    `Nothing was pinned: ${error.message}${error.cause ? ` (${error.cause.message})` : ""}`,
  );
  process.exitCode = 1;
}

/** Only once every digest is known: half of the images pinned would be neither the old build nor the new one. */
function pin(digests) {
  for (const { path, text } of files) {
    const pinned = text.replace(
      BASE,
      (_, before, image) => `${before}${image}@${digests.get(image)}`,
    );
    if (pinned !== text) writeFileSync(path, pinned);
  }
  for (const [image, digest] of digests) console.log(`${image}@${digest}`);
}

function check(digests) {
  for (const { path, text } of files) {
    for (const [, , image, digest] of text.matchAll(BASE)) {
      if (digest === digests.get(image)) continue;
      const fault = digest === undefined ? "is not pinned" : `is pinned to ${digest}`;
      console.error(`${path}: ${image} ${fault}; its tag names ${digests.get(image)}`);
      process.exitCode = 1;
    }
  }
}

/** What the tag names. Asks for the manifest itself: a registry's word for its digest is checked by its bytes. */
async function digestOf(image) {
  const [repository, tag] = image.split(":");
  const name = repository.includes("/") ? repository : `library/${repository}`;
  const url = new URL(`/v2/${name}/manifests/${tag}`, options.registry);
  let answer = await ask(url, { accept: MANIFESTS });
  if (answer.status === 401) {
    const token = await tokenFor(answer.headers.get("www-authenticate") ?? "");
    answer = await ask(url, { accept: MANIFESTS, authorization: `Bearer ${token}` });
  }
  if (!answer.ok) throw new Error(`the registry answers ${answer.status} for ${image}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  const said = answer.headers.get("docker-content-digest");
  if (said !== null && said !== digest) {
    throw new Error(`the manifest of ${image} has ${digest}, and the registry says ${said}`);
  }
  return digest;
}

/** Docker Hub lets nobody read without a token, and gives one to everybody. */
async function tokenFor(challenge) {
  const parts = Object.fromEntries(
    [...challenge.matchAll(/(realm|service|scope)="([^"]*)"/g)].map(([, key, value]) => [
      key,
      value,
    ]),
  );
  if (parts.realm === undefined) throw new Error("the registry wants a login");
  const url = new URL(parts.realm);
  for (const key of ["service", "scope"]) if (parts[key]) url.searchParams.set(key, parts[key]);
  const answer = await ask(url, {});
  if (!answer.ok) throw new Error(`${url.origin} answers ${answer.status} for a token`);
  const { token, access_token: other } = await answer.json();
  return token ?? other;
}

function ask(url, headers) {
  return fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
}
