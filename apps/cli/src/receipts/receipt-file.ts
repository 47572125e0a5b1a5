import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Client } from "@winnow/client";
import { Receipt, receiptText } from "@winnow/contracts";
import { naming } from "../files/naming.js";
import { CliError } from "../terminal/failure.js";

/** A receipt of the service, by the id of what it is of. */
export function fetchReceipt(client: Client, id: string, signal: AbortSignal): Promise<Receipt> {
  const request = { params: { id }, signal };
  if (id.startsWith("ds_")) return client.call("getDatasetReceipt", request);
  if (id.startsWith("cv_")) return client.call("getCrossValidationReceipt", request);
  if (id.startsWith("pr_")) return client.call("getPruningReceipt", request);
  throw new CliError(
    "no-receipt",
    `${id} is no id of a dataset (ds_...), a cross-validation (cv_...) or a pruning (pr_...)`,
  );
}

/** Throws `file-not-found`, and `invalid-receipt` for a file that is no receipt of this form. */
export async function readReceiptFile(file: string): Promise<Receipt> {
  const text = await naming(file, () => readFile(file, "utf8"));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError("invalid-receipt", `${file} is no JSON`, { cause: error });
  }
  const parsed = Receipt.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new CliError(
    "invalid-receipt",
    `${file} is no receipt: /${first?.path.join("/") ?? ""}: ${first?.message ?? ""}`,
  );
}

/** Whether the receipt stands as the service wrote it. */
export const isUnchanged = (receipt: Receipt): boolean =>
  createHash("sha256").update(receiptText(receipt)).digest("hex") === receipt.sha256;

/** Where two values differ, and what each has there: `crossValidation.seed: 7, not 1`. */
export function differences(own: unknown, other: unknown, path = ""): string[] {
  if (isObject(own) && isObject(other)) {
    const names = new Set([...Object.keys(own), ...Object.keys(other)]);
    return [...names].flatMap((name) =>
      differences(own[name], other[name], path === "" ? name : `${path}.${name}`),
    );
  }
  const [a, b] = [JSON.stringify(own), JSON.stringify(other)];
  return a === b ? [] : [`${path}: ${shown(a)}, not ${shown(b)}`];
}

const shown = (json: string | undefined): string => (json ?? "none").slice(0, 100);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
