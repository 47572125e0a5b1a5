/** A program from Debian, or from elsewhere, that some suites need and npm does not have. */
export interface DebianTool {
  /** Debian's package. */
  readonly package: string;
  /** Names under which other systems have it, too. */
  readonly programs: readonly string[];
  /** The tests that need it. */
  readonly suites: readonly string[];
  /** Runs them alone. */
  readonly script: string;
}

export const DEBIAN_TOOLS: Readonly<
  Record<"pgbouncer" | "chromium" | "promtool" | "systemd", DebianTool>
>;
/** The tool's program, or undefined where this machine does not have it. */
export function findTool(name: keyof typeof DEBIAN_TOOLS): string | undefined;
/** The suites that can run here: those of the tools that are found. */
export function runnableSuites(): string[];
/** The suites that cannot. */
export function missingSuites(): string[];
/** One line for each tool that is not found: what is left out, and how to get it. */
export function leftOut(): string[];
