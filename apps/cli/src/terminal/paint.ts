import pc from "picocolors";

/** A paint that leaves text as it is, for files. */
export const PLAIN = pc.createColors(false);

export type Paint = typeof PLAIN;
