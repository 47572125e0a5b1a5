import { holdLifeline } from "./lifeline.js";

// A process that tries the one backend named as its second argument, tells, and ends.

const [, , parentPid, name] = process.argv;
holdLifeline(Number(parentPid));
// Only now, as loading takes a while in which the parent may go.
const { BACKENDS, reportBackend } = await import("@winnow/encoder");
const { importBackendPackage } = await import("./backend-packages.js");
const backend = BACKENDS.find((known) => known === name);
if (backend === undefined) throw new Error(`${name} is no backend.`);
const report = await reportBackend(backend, importBackendPackage);
process.send?.({ type: "report", report }, () => process.exit(0));
