import { holdLifeline } from "./lifeline.js";

// The trainer's process: made for one fold, ended after it, since TensorFlow gives a GPU's memory
// back only at the end of its process. The first argument is the supervisor's pid.

holdLifeline(Number(process.argv[2]));
// Only now: on a busy machine the rest takes seconds to load, in which the supervisor may die.
await import("./child-work.js");
