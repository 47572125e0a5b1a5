/** What npm's lockfile says that a workspace loads, in production. */

/**
 * The packages that can be loaded from the given places of a lockfile (`apps/api`), through dependencies and
 * peers that are not optional; with `optional` through optional dependencies too. By place, each with its entry, whether
 * it is needed and the places of what it loads. Throws where a dependency is not in the lockfile.
 */
export function reachable({ packages }, starts, { optional }) {
  const found = new Map();
  // Needed ones first: what an optional package shares with them is needed.
  for (const isNeeded of optional ? [true, false] : [true]) {
    const waiting = isNeeded ? [...starts] : [...found.keys()];
    for (const place of waiting) {
      if (isNeeded && found.has(place)) continue;
      const known = found.get(place) ?? { entry: packages[place], isNeeded, loads: [] };
      if (known.entry === undefined) throw new Error(`The lockfile has no ${place}.`);
      found.set(place, known);
      known.loads = edgesOf(packages, place, { withOptional: !isNeeded });
      waiting.push(...known.loads.filter((load) => !found.has(load)));
    }
  }
  return found;
}

function edgesOf(packages, place, { withOptional }) {
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } =
    packages[place];
  const peers = Object.keys(peerDependencies ?? {}).filter(
    (name) => !peerDependenciesMeta?.[name]?.optional,
  );
  const needed = Object.keys(dependencies ?? {}).filter((name) => !optionalDependencies?.[name]);
  const missing = needed.filter((name) => find(packages, name, place) === undefined);
  if (missing.length > 0) throw new Error(`${place} depends on ${missing}: not in the lockfile.`);
  const optional = withOptional ? Object.keys(optionalDependencies ?? {}) : [];
  const places = [...needed, ...peers, ...optional].map((name) => find(packages, name, place));
  return [...new Set(places.filter((found) => found !== undefined))];
}

/** As Node looks for it: in node_modules of the place and of those above it; a workspace's link is followed. */
function find(packages, name, from) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    const place = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const entry = packages[place];
    if (entry !== undefined) return entry.link ? entry.resolved : place;
    if (folder === "") return undefined;
  }
}

/** A package's name, from its place or, of a workspace, from its entry. */
export const nameOf = (place, entry) =>
  entry.name ?? place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
