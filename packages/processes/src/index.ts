/** Child processes that end with their parent, within limits of memory and time. */
export {
  describeExit,
  type Exit,
  exitOf,
  keepStderr,
  killOnAbort,
  killOnSilence,
} from "./children/child-process.js";
export { crashMessage } from "./children/crash-message.js";
export { diedOfMemory } from "./children/died-of-memory.js";
export { forkChild } from "./children/fork-child.js";
export { holdLifeline, ORPHANED } from "./lifeline/lifeline.js";
