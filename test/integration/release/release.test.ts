import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const script = join(root, "infra/release/release.mjs");

let clone: string;

beforeEach(() => {
  clone = join(mkdtempSync(join(tmpdir(), "winnow-release-")), "clone");
  execFileSync("git", ["clone", "--quiet", "--no-hardlinks", root, clone]);
  git("checkout", "--quiet", "-B", "main");
  git("config", "user.name", "A Maintainer");
  git("config", "user.email", "maintainer@example.org");
  note("");
});

afterEach(() => rmSync(join(clone, ".."), { recursive: true, force: true }));

const git = (...args: string[]) =>
  execFileSync("git", args, { cwd: clone, encoding: "utf8" }).trim();

function release(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [script, ...args, "--skip-tests"],
    { cwd: clone, encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

const read = (path: string) => readFileSync(join(clone, path), "utf8");

/** Commits a changelog whose unreleased section holds this text alone. */
function note(text: string) {
  const section = `## Unreleased\n${text && `\n${text}\n`}\n`;
  const changelog = read("CHANGELOG.md").replace(/## Unreleased\n[\s\S]*?(?=^## \d)/m, section);
  writeFileSync(join(clone, "CHANGELOG.md"), changelog);
  git("commit", "--quiet", "--all", "--allow-empty", "--message", "changelog");
}

it("writes one version everywhere, dates the section, tags, and packs the tagged tree", () => {
  note("- Something new.");
  const { status, stdout, stderr } = release("9.8.7");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(git("tag", "--list", "v9.8.7")).toBe("v9.8.7");
  expect(git("status", "--porcelain", "--untracked-files=no")).toBe("");
  const manifests = git("ls-files", "*package.json").split("\n");
  expect(manifests.length).toBeGreaterThan(8);
  for (const path of manifests) {
    const { version, dependencies } = JSON.parse(read(path));
    expect(version, path).toBe("9.8.7");
    for (const [name, wanted] of Object.entries(dependencies ?? {})) {
      if (name.startsWith("@winnow/")) expect(wanted, `${path}: ${name}`).toBe("9.8.7");
    }
  }
  const { version, packages } = JSON.parse(read("package-lock.json"));
  expect(version).toBe("9.8.7");
  expect(packages["apps/api"].version).toBe("9.8.7");
  expect(packages["apps/api"].dependencies["@winnow/contracts"]).toBe("9.8.7");
  expect(read("CHANGELOG.md")).toMatch(
    /## Unreleased\n\n## 9\.8\.7 \(\d{4}-\d\d-\d\d\)\n\n- Something new\./,
  );
  const archive = "release/winnow-9.8.7.tar.gz";
  const packed = execFileSync("tar", ["-tzf", archive], { cwd: clone, encoding: "utf8" });
  expect(packed).toContain("winnow-9.8.7/package.json\n");
  for (const image of ["api", "worker"]) {
    const bill = JSON.parse(read(`release/winnow-9.8.7-${image}.cdx.json`));
    expect(bill.metadata.component).toMatchObject({ name: `winnow-${image}`, version: "9.8.7" });
    expect(bill.components.map(({ name }: { name: string }) => name)).toContain("zod");
  }
  execFileSync("sha256sum", ["--check", "winnow-9.8.7.tar.gz.sha256"], {
    cwd: join(clone, "release"),
  });
  expect(stdout).toContain("git push origin main v9.8.7");
});

it("names every reason at once why it cannot release, and changes nothing", () => {
  git("checkout", "--quiet", "-b", "topic");
  writeFileSync(join(clone, "README.md"), "changed");
  const { status, stderr } = release("0.0.1");
  expect(status).toBe(1);
  expect(stderr).toMatch(/0\.0\.1 is older than/);
  expect(stderr).toMatch(/this is branch topic: check out main/);
  expect(stderr).toMatch(/uncommitted changes:\n ?M README\.md/);
  expect(stderr).toMatch(/CHANGELOG\.md has no entry/);
  expect(git("tag", "--list")).not.toContain("v0.0.1");
});

it("refuses a version that exists, one that is none, and none at all", () => {
  git("tag", "v9.9.9");
  note("- Something new.");
  expect(release("9.9.9").stderr).toMatch(/the tag v9\.9\.9 exists/);
  expect(release("next").stderr).toMatch(/name the version, as in: npm run release -- \d/);
  expect(release().stderr).toMatch(/name the version/);
});

it("with --check says whether it could, and leaves no commit, tag or file", () => {
  note("- Something new.");
  const head = git("rev-parse", "HEAD");
  const { status, stdout } = release("9.8.7", "--check");
  expect(status).toBe(0);
  expect(stdout).toContain("Winnow can be released as 9.8.7.");
  expect(git("rev-parse", "HEAD")).toBe(head);
  expect(git("status", "--porcelain")).toBe("");
  expect(git("tag", "--list", "v9.8.7")).toBe("");
});
