import type { RetentionAges } from "@winnow/contracts";

/** What was removed, or would be, of one kind. */
export interface Freed {
  readonly kind: keyof RetentionAges | "downloads" | "models" | "orphans" | "votes";
  /** In words. */
  readonly what: string;
  readonly items: number;
  readonly bytes: number;
}
