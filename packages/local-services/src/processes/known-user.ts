import { homedir, userInfo } from "node:os";
import { LocalServicesError } from "../errors.js";

/** Whether this process's user has an entry in the system's list of users; initdb demands one. */
export function hasEntry(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

/** The user's home by the system's list of users. Throws `user-unknown` for one that is not in it. */
export function homeByEntry(): string {
  try {
    return homedir();
  } catch (cause) {
    throw new LocalServicesError(
      "user-unknown",
      `HOME is not set, and ${nobodyKnown()}, so there is no folder for what is fetched.`,
      "Set HOME to a folder that this user can write to.",
      { cause },
    );
  }
}

/** What to do where Postgres's programs refuse to run for a user without an entry. */
export function unknownUser(): LocalServicesError {
  const uid = process.getuid?.();
  return new LocalServicesError(
    "user-unknown",
    `${nobodyKnown()}, and Postgres's initdb refuses such a user.`.replace(/^u/, "U"),
    [
      "Do one of these:",
      "  run as a user with an entry, for instance `docker run --user 1000` with the image node",
      `  add an entry as root:  echo 'winnow:x:${uid}:${process.getgid?.()}::/tmp:/usr/sbin/nologin' >> /etc/passwd`,
      "  set DATABASE_URL to a Postgres of your own",
    ].join("\n"),
  );
}

const nobodyKnown = (): string => `user id ${process.getuid?.()} has no entry in /etc/passwd`;
