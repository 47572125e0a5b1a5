/** What a process that reads files needs of our environment. It gets no secret, since it needs none. */
const KEPT = /^(PATH|HOME|TZ|LANG|LC_\w+|TMPDIR|NODE_OPTIONS|NODE_V8_COVERAGE|LD_LIBRARY_PATH)$/;

export const readerEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => KEPT.test(name)));
