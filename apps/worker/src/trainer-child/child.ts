import { holdLifeline } from "@winnow/processes";

// The trainer's process. It trains one fold and ends, since TensorFlow frees a GPU's memory only at
// the end of its process. The first argument is the supervisor's pid.

holdLifeline(Number(process.argv[2]));
// Models are files of the encoder, which knows nothing of who may read them.
process.umask(0o077);
// Loaded after that: on a busy machine the rest takes seconds, in which the supervisor may die.
await import("./child-work.js");
