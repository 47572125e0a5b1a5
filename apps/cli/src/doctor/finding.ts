/** What one check found. */
export interface Finding {
  readonly name: string;
  readonly status: "ok" | "warning" | "problem";
  /** What is there. */
  readonly found: string;
  /** What to change; null where all is well. */
  readonly fix: string | null;
}

export const ok = (name: string, found: string): Finding => ({
  name,
  status: "ok",
  found,
  fix: null,
});

export const warning = (name: string, found: string, fix: string): Finding => ({
  name,
  status: "warning",
  found,
  fix,
});

export const problem = (name: string, found: string, fix: string): Finding => ({
  name,
  status: "problem",
  found,
  fix,
});

/** A sentence of the service's own readiness: what is wrong, a colon, what to change. */
export function problemOf(name: string, sentence: string): Finding {
  const at = sentence.indexOf(": ");
  return at === -1
    ? problem(name, sentence, "see what it says")
    : problem(name, sentence.slice(0, at), sentence.slice(at + 2));
}

/** An error's text, for a check that could not be made. */
export function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code: unknown = Reflect.get(error, "code");
  return error.message || (typeof code === "string" ? code : error.name);
}
