/** A folder of a package: what is in it, and which folders of the package it may import. */
export interface FolderRules {
  /** One line, for somebody who looks for the place of a change. */
  readonly for: string;
  readonly imports: readonly string[];
}

/** A package or an app: what it is for, and which of our packages it may import. */
export interface PackageRules {
  readonly for: string;
  /** Names without `@winnow/`. */
  readonly imports: readonly string[];
  /**
   * Of which packages it takes the types alone: its own package, as it is published, brings them along
   * and loads nothing of these.
   */
  readonly types?: readonly string[];
  /** What limits `imports`, for readers; another test or the reviewer holds it. */
  readonly note?: string;
  /**
   * Its folders, the top layer first: a folder imports only those below it, so that there is no
   * cycle. `config.ts` and `errors.ts` count as folders; `index.ts` and `main.ts` may import
   * everything and are imported by nothing. Absent: five files at most, without folders.
   */
  readonly folders?: Readonly<Record<string, FolderRules>>;
}
