import { shown } from "./paint.js";

// Everything that the command prints goes through here, but for the bytes of a download to a file or a
// pipe. A test holds the other files to it.

/** Prints lines on stdout. */
export const print = (text: string): void => {
  write(process.stdout, text);
};

/** Prints lines on stderr: what is not the command's answer. */
export const note = (text: string): void => {
  write(process.stderr, text);
};

/** Prints lines on the stream. */
export const write = (stream: NodeJS.WriteStream, text: string): void => {
  stream.write(`${shown(text)}\n`);
};
