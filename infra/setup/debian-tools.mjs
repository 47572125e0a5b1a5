/**
 * The suites that need a program which npm does not have. `npm test` runs each where its program is
 * found and says in one line what it left out; `.ci/run` installs the packages and fails without.
 * As a program, it prints the packages that this machine lacks.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";

export const DEBIAN_TOOLS = {
  pgbouncer: {
    package: "pgbouncer",
    programs: ["pgbouncer"],
    suites: ["test/pooler/**/*.test.ts", "test/chaos/pooler.test.ts"],
    script: "test:pooler",
  },
  chromium: {
    package: "chromium",
    programs: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    suites: ["test/browser/**/*.test.ts"],
    script: "test:browser",
  },
  systemd: {
    package: "systemd",
    programs: ["systemd-analyze"],
    suites: ["test/infra/systemd.test.ts"],
    script: "check:infra",
  },
  promtool: {
    package: "prometheus",
    programs: ["promtool"],
    suites: ["test/infra/alerts.test.ts"],
    script: "check:infra",
  },
};

/** Debian keeps servers where only root looks. */
const FURTHER_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

export function findTool(name) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...FURTHER_FOLDERS];
  return DEBIAN_TOOLS[name].programs
    .flatMap((program) => folders.filter(Boolean).map((folder) => join(folder, program)))
    .find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const names = (isFound) =>
  Object.keys(DEBIAN_TOOLS).filter((name) => (findTool(name) !== undefined) === isFound);
const suitesOf = (tools) => tools.flatMap((name) => DEBIAN_TOOLS[name].suites);

export const runnableSuites = () => suitesOf(names(true));
export const missingSuites = () => suitesOf(names(false));

export const leftOut = () =>
  names(false).map((name) => {
    const { suites, script, package: debian } = DEBIAN_TOOLS[name];
    return `left out: ${suites.join(", ")}. ${name} is not installed: \`apt-get install ${debian}\`, then \`npm run ${script}\`.`;
  });

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  console.log(
    names(false)
      .map((name) => DEBIAN_TOOLS[name].package)
      .join(" "),
  );
}
