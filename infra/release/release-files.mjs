/** What a release checks and writes, as functions of texts. */

/** Why this clone cannot be released as `version`; each with the way out. */
export function findFaults({ version, current, branch, changed, tags, changelog }) {
  const faults = [];
  if (version === undefined || parse(version) === null) {
    faults.push(`name the version, as in: npm run release -- ${current}`);
    return faults;
  }
  if (compare(version, current) < 0) faults.push(`${version} is older than ${current}`);
  if (tags.includes(`v${version}`)) faults.push(`the tag v${version} exists`);
  if (branch !== "main") faults.push(`this is branch ${branch || "(detached)"}: check out main`);
  if (changed !== "") faults.push(`uncommitted changes:\n${changed}`);
  if (!isReleased(changelog, version)) {
    const section = sectionOf(changelog, "Unreleased");
    if (section === null || section.trim() === "") {
      faults.push(`CHANGELOG.md has no entry: write one under "## Unreleased" or "## ${version}"`);
    }
  }
  return faults;
}

/** Whether the changelog has a section for the version already. */
export const isReleased = (changelog, version) => sectionOf(changelog, version) !== null;

/** The changelog with what was unreleased under the version and its date. */
export const withDatedSection = (changelog, version, date) =>
  changelog.replace("## Unreleased\n", `## Unreleased\n\n## ${version} (${date})\n`);

/** A package.json with the version for itself and for every package of ours that it depends on. */
export function withVersion(text, version) {
  const manifest = JSON.parse(text);
  manifest.version = version;
  for (const kind of ["dependencies", "devDependencies", "optionalDependencies"]) {
    for (const name of Object.keys(manifest[kind] ?? {})) {
      if (name.startsWith("@winnow/")) manifest[kind][name] = version;
    }
  }
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** A section's text without its heading; null where there is none. */
function sectionOf(changelog, title) {
  const sections = changelog.split(/^## /m).slice(1);
  const found = sections.find((section) => section.split(/[\s(]/, 1)[0] === title);
  return found === undefined ? null : found.slice(found.indexOf("\n") + 1);
}

function parse(version) {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  return match === null ? null : match.slice(1).map(Number);
}

function compare(a, b) {
  const [left, right] = [parse(a), parse(b)];
  for (let i = 0; i < 3; i++) if (left[i] !== right[i]) return left[i] - right[i];
  return 0;
}
