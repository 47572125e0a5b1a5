import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBelow } from "./open-below.js";

let folder: string;
let root: string;

async function contentOf(path: string): Promise<string | null> {
  const handle = await openBelow(root, path);
  if (handle === null) return null;
  try {
    return (await handle.readFile()).toString();
  } finally {
    await handle.close();
  }
}

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "winnow-open-below-")));
  chmodSync(folder, 0o755);
  root = join(folder, "root");
  mkdirSync(join(root, "inner"), { recursive: true });
  writeFileSync(join(root, "inner", "file"), "inside");
  writeFileSync(join(folder, "secret"), "outside");
  symlinkSync(join(folder, "secret"), join(root, "out"));
  symlinkSync("../../secret", join(root, "inner", "relative-out"));
  symlinkSync(folder, join(root, "up"));
  symlinkSync(join(root, "inner", "file"), join(root, "in"));
  symlinkSync("loop", join(root, "loop"));
  symlinkSync("nowhere", join(root, "dangling"));
  linkSync(join(root, "inner", "file"), join(root, "hard"));
  execFileSync("mkfifo", [join(root, "pipe")]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("openBelow", () => {
  it("opens files below the root, also through links that stay there", async () => {
    for (const path of ["inner/file", "in", "hard", join(root, "inner/file"), "inner/../in"]) {
      expect(await contentOf(path), path).toBe("inside");
    }
  });

  it("opens nothing outside, no folder, no pipe and no link to nothing", async () => {
    const outside = ["out", "up/secret", "inner/relative-out", "../secret", join(folder, "secret")];
    for (const path of [...outside, ".", "inner", "pipe", "loop", "dangling", "none", "in/x"]) {
      expect(await contentOf(path), path).toBeNull();
    }
  });

  it("a file that is not ours to read is as if it were not there; a world-readable one of root is read", async () => {
    const isRoot = process.getuid?.() === 0;
    writeFileSync(join(root, "private"), "inside", { mode: 0o600 });
    writeFileSync(join(root, "public"), "inside", { mode: 0o644 });
    if (!isRoot) chmodSync(join(root, "private"), 0);
    else for (const name of ["private", "public"]) chownSync(join(root, name), 0, 0);
    const program = `import(${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)}).then(
      async ({ openBelow }) => {
        ${isRoot ? "process.setgid(65534); process.setuid(65534);" : ""}
        const open = async (name) => (await openBelow(${JSON.stringify(root)}, name)) !== null;
        console.log(await open("private"), await open("public"));
      })`;
    const said = execFileSync(process.execPath, ["-e", program], { encoding: "utf8" });
    expect(said).toBe("false true\n");
  });

  it("a link that is swapped while it is opened never leads out", async () => {
    const swapped = join(root, "swapped");
    const swapper = spawn(
      process.execPath,
      [
        "-e",
        `const { renameSync, symlinkSync, copyFileSync } = require("node:fs");
         const [swapped, inside, secret] = process.argv.slice(1);
         console.log("ready");
         for (;;) {
           copyFileSync(inside, swapped + ".new");
           renameSync(swapped + ".new", swapped);
           symlinkSync(secret, swapped + ".new");
           renameSync(swapped + ".new", swapped);
         }`,
        swapped,
        join(root, "inner", "file"),
        join(folder, "secret"),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    try {
      await new Promise((resolve) => swapper.stdout.once("data", resolve));
      const seen = { inside: 0, refused: 0 };
      for (let i = 0; i < 3_000; i += 1) {
        const content = await contentOf("swapped");
        // A copy that is being made may be empty still, but is never the secret.
        expect(content).not.toBe("outside");
        if (content === null) seen.refused += 1;
        else seen.inside += 1;
      }
      expect(seen.inside).toBeGreaterThan(0);
      expect(seen.refused).toBeGreaterThan(0);
    } finally {
      swapper.kill("SIGKILL");
    }
  });
});
