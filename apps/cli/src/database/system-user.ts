import { userInfo } from "node:os";
import { sudoUser } from "../config.js";

/** Who runs the command, for the audit of what it does to the database itself: `alice`, `root (sudo: alice)`. */
export function systemUser(): string {
  const sudo = sudoUser();
  return sudo === undefined ? ownName() : `${ownName()} (sudo: ${sudo})`;
}

/** Not every user of a container has a name. */
function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
