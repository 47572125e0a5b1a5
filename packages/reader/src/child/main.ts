import { holdLifeline } from "@winnow/processes";

// The process that reads users' files, one after another, for the process that forked it. Its arguments are
// the parent's pid and the most memory that it may take.

holdLifeline(Number(process.argv[2]), Number(process.argv[3]));
// Loaded after that: on a busy machine the rest takes long, in which the parent may die.
await import("./work.js");
