import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isAlive, isMark, markOf, type ProcessMark } from "@winnow/local-services";

/** Who runs a service in a data folder. */
export interface Holder extends ProcessMark {
  readonly host: string;
  /** Where process ids mean the same: a boot of a machine, and a container on it. */
  readonly machine: string;
  readonly since: string;
  /** null until the service listens. */
  readonly url: string | null;
  /** Tells this taking of the lock from every other. */
  readonly token: string;
}

/** A holder elsewhere, whose process cannot be seen, is gone if its lock was not touched for so long. */
export const SILENT_MS = 20_000;

/** This process, as it takes a lock. */
export const newHolder = (token: string): Holder => ({
  ...markOf(process.pid),
  host: hostname(),
  machine: thisMachine(),
  since: new Date().toISOString(),
  url: null,
  token,
});

/** The holder that a lock's text names; undefined if it names none. */
export function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isHolder = (value: unknown): value is Holder =>
  isMark(value) &&
  ["host", "machine", "since", "token"].every((key) => typeof Reflect.get(value, key) === "string");

/** Whether the holder still runs, by its process or by the age of its last touch. */
export const isRunning = (holder: Holder, ageMs: number): boolean =>
  isHere(holder) ? isAlive(holder) : ageMs < SILENT_MS;

/** Whether its process id means the same here. */
export const isHere = ({ machine }: Holder): boolean => machine === thisMachine();

/** The holder in words. */
export function said(holder: Holder): string {
  const { pid, host, since, url } = holder;
  const where = isHere(holder) ? "" : ` on ${host}`;
  const at = url === null ? "which is starting" : `at ${url}`;
  return `process ${pid}${where}, since ${since}, ${at}`;
}

/** The host, and where the system tells, its boot and the namespace of process ids. */
function thisMachine(): string {
  const facts = [
    () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    () => readlinkSync("/proc/self/ns/pid"),
  ].map((fact) => {
    try {
      return fact();
    } catch {
      return "";
    }
  });
  return [hostname(), ...facts].join(" ");
}
