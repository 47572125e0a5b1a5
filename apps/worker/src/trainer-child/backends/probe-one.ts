import { holdLifeline } from "@winnow/processes";

// A process that tries the backend named by its second argument, reports, and ends.

const [, , parentPid, name] = process.argv;
holdLifeline(Number(parentPid));
// Loaded after that: it takes a while, in which the parent may die.
const { BACKENDS, reportBackend } = await import("@winnow/encoder");
const { importBackendPackage } = await import("./backend-packages.js");
const backend = BACKENDS.find((known) => known === name);
if (backend === undefined) throw new Error(`${name} is not a backend.`);
const report = await reportBackend(backend, importBackendPackage);
process.send?.({ type: "report", report }, () => process.exit(0));
