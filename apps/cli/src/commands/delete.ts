import type { Client } from "@winnow/client";
import { type Deletion, ID_PREFIXES } from "@winnow/contracts";
import type { Command } from "commander";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { confirm } from "../terminal/confirm.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";
import { bytes, count, fit } from "../terminal/text.js";

interface DeleteOptions extends ServiceOptions {
  readonly yes?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** The routes of what can be deleted, by the prefix of its id. */
const DELETABLE = {
  [ID_PREFIXES.dataset]: { see: "getDatasetDeletion", remove: "deleteDataset" },
  [ID_PREFIXES.crossValidation]: {
    see: "getCrossValidationDeletion",
    remove: "deleteCrossValidation",
  },
  [ID_PREFIXES.pruning]: { see: "getPruningDeletion", remove: "deletePruning" },
  [ID_PREFIXES.upload]: { see: "getUploadDeletion", remove: "deleteUpload" },
} as const;
type Prefix = keyof typeof DELETABLE;

/** `winnow delete ID`: a dataset, a cross-validation, a pruning or an upload, with all below it. */
export function addDelete(program: Command): void {
  const command = program
    .command("delete")
    .argument("<id>", "a dataset, cross-validation, pruning or upload: ds_, cv_, pr_, up_")
    .summary("delete a dataset, or what was made of it")
    .description("delete a dataset, cross-validation, pruning or upload, and what was made of it")
    .option("--yes", "do not ask")
    .option("--dry-run", "only show what would go")
    .addOption(jsonOption());
  addServiceOptions(command).action((id: string, options: DeleteOptions) =>
    interruptible((signal) => remove(openClient(options), id, options, signal)),
  );
}

async function remove(
  client: Client,
  id: string,
  { yes, dryRun, json }: DeleteOptions,
  signal: AbortSignal,
): Promise<void> {
  const routes = routesOf(id);
  const asked = { params: { id }, signal };
  const goes = await client.call(routes.see, asked);
  if (!json) print([id, ...partsOf(goes)].join("\n  "));
  if (dryRun) {
    if (json) printJson({ ...goes, deleted: false });
    return;
  }
  if (!yes && !(await confirm("Delete this for good?", signal))) {
    if (json) printJson({ ...goes, deleted: false });
    else print("nothing was deleted");
    return;
  }
  await client.call(routes.remove, asked);
  if (json) printJson({ ...goes, deleted: true });
  else print("deleted");
}

function routesOf(id: string) {
  const prefix = id.slice(0, id.indexOf("_"));
  if (isDeletable(prefix)) return DELETABLE[prefix];
  const detail =
    prefix === ID_PREFIXES.job
      ? "A job is the record of its work and stays; `winnow jobs cancel ID` ends it."
      : `${fit(id, 60)} is no id of a dataset, cross-validation, pruning or upload.`;
  throw new CliError("not-deletable", detail);
}

const isDeletable = (prefix: string): prefix is Prefix => Object.hasOwn(DELETABLE, prefix);

/** What goes, a line each. */
function partsOf(goes: Deletion): string[] {
  const { name, samples, crossValidations, prunings, flags } = goes;
  const all = (some: readonly string[], noun: string) =>
    some.length === 0 ? [] : [`${count(some.length)} ${noun}${some.length === 1 ? "" : "s"}`];
  return [
    ...(name === null ? [] : [fit(name, 76)]),
    ...(samples > 0 ? [`${count(samples)} rows`] : []),
    ...all(crossValidations, "cross-validation"),
    ...all(prunings, "pruning").map((said) => `${said} with ${count(flags)} flags`),
    ...(goes.bytes > 0 ? [bytes(goes.bytes)] : []),
  ];
}
