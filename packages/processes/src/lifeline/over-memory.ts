/** What a process writes to stderr before it ends itself for its memory. */
export const OVER_MEMORY = "winnow: over the limit of memory";
