import { selectBackend } from "@winnow/encoder";
import { holdLifeline } from "@winnow/processes";
import { importBackendPackage } from "./backend-packages.js";

// A process that reports which backend training would use here, and ends. The supervisor cannot find
// out itself, since it never loads TensorFlow.

holdLifeline(Number(process.argv[2]));
const backend = await selectBackend("auto", importBackendPackage);
process.send?.({ type: "backend", backend }, () => process.exit(0));
