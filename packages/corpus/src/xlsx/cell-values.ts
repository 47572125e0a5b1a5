import type { NumberFormat } from "./number-formats.js";

const DAY_MS = 86_400_000;
/** Day 1 is 1 January 1900, and day 60 the 29 February that 1900 did not have. */
const EPOCH_1900 = Date.UTC(1899, 11, 31);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
const FALSE_LEAP_DAY = 60;

/**
 * A number as text: whole ones without exponent or fraction, those with a format of zeros padded, dates
 * and times in ISO 8601. What is no number stays as it is.
 */
export function numberText(written: string, format: NumberFormat, is1904: boolean): string {
  const number = Number(written);
  if (written.trim() === "" || !Number.isFinite(number)) return written;
  switch (format.kind) {
    case "number":
      return plainNumber(written, number);
    case "padded":
      return padded(plainNumber(written, number), format.digits);
    default:
      return dateText(number, format.kind, is1904) ?? plainNumber(written, number);
  }
}

/** Digits that stand in the file are kept, also more than a double has. */
function plainNumber(written: string, number: number): string {
  return /^-?(0|[1-9]\d*)$/.test(written) ? written : String(number);
}

function padded(text: string, digits: number): string {
  return /^\d+$/.test(text) ? text.padStart(digits, "0") : text;
}

function dateText(
  serial: number,
  kind: "date" | "time" | "date-time",
  is1904: boolean,
): string | null {
  if (serial < 0) return null;
  const milliseconds = Math.round(serial * DAY_MS);
  const day = Math.floor(milliseconds / DAY_MS);
  const time = new Date(milliseconds % DAY_MS)
    .toISOString()
    .slice(11, -1)
    .replace(/\.000$/, "");
  if (kind === "time" && day === 0) return time;
  const date = dayText(day, is1904);
  if (date === null) return null;
  return kind === "date" && milliseconds % DAY_MS === 0 ? date : `${date}T${time}`;
}

function dayText(day: number, is1904: boolean): string | null {
  if (!is1904 && day === FALSE_LEAP_DAY) return "1900-02-29";
  const after = !is1904 && day > FALSE_LEAP_DAY ? day - 1 : day;
  const date = new Date((is1904 ? EPOCH_1904 : EPOCH_1900) + after * DAY_MS);
  // Excel ends with the year 9999.
  return Number.isFinite(date.getTime()) && date.getUTCFullYear() < 10_000
    ? date.toISOString().slice(0, 10)
    : null;
}
