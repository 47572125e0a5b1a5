import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { readEnvironment } from "../config.js";
import { jsonOption } from "../options/service.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { printJson } from "../terminal/print-json.js";
import { openSteps } from "../terminal/steps.js";
import { table } from "../terminal/table.js";
import { bytes } from "../terminal/text.js";

interface ModelsOptions {
  readonly modelsDir?: string;
  readonly json?: true;
}

/** `winnow models ...`: pretrained encoders below MODELS_DIR. */
export function addModels(program: Command): void {
  const models = program
    .command("models")
    .description("fetch and list pretrained encoders")
    .helpCommand("help [command]", "print a command's help");
  const add = (name: string, description: string) =>
    models
      .command(name)
      .description(description)
      .option("--models-dir <dir>", "where models are (default: MODELS_DIR)")
      .addOption(jsonOption());
  add("pull", "fetch a BERT or ALBERT from a hub: weights, configuration and vocabulary alone")
    .argument("<model>", "ORG/NAME, or ORG/NAME@REVISION for a branch, tag or commit")
    .action((model: string, options: ModelsOptions) =>
      interruptible((signal) => pull(model, options, signal)),
    );
  add("list", "list the models that are there").action(list);
}

async function pull(model: string, options: ModelsOptions, signal: AbortSignal): Promise<void> {
  const { HF_ENDPOINT, HF_TOKEN } = readEnvironment();
  const { pullModel } = await import("../models/pull.js");
  const hub = { url: HF_ENDPOINT.replace(/\/+$/, ""), token: HF_TOKEN, signal };
  const modelsDir = await modelsFolder(options);
  const steps = openSteps(process.stderr, options.json === true);
  const record = await pullModel({ ...modelNamed(model), modelsDir }, hub, steps);
  if (options.json) printJson(record);
  else print(`${record.name}  ${record.commit.slice(0, 12)}  in ${modelsDir}`);
}

async function list(options: ModelsOptions): Promise<void> {
  const { listModels } = await import("../models/record.js");
  const modelsDir = await modelsFolder(options);
  const models = await listModels(modelsDir);
  if (options.json) return printJson({ modelsDir, models });
  if (models.length === 0) return print(`${modelsDir} holds no model; winnow models pull ORG/NAME`);
  const lines = models.map(({ path, bytes: size, record }) => [
    path,
    record === null ? "not pulled" : `${record.revision}  ${record.commit.slice(0, 12)}`,
    bytes(size),
  ]);
  print(table([["model", "revision", "size"], ...lines], { right: new Set([2]) }).join("\n"));
}

/** One or two parts of a path without dots at their start, and what stands behind the @. */
function modelNamed(model: string): { name: string; revision: string } {
  const [, name, revision = "main"] =
    /^((?:[A-Za-z0-9][\w.-]*\/)?[A-Za-z0-9][\w.-]*)(?:@([\w./-]+))?$/.exec(model) ?? [];
  if (name !== undefined && !/\.\.|--models$/.test(`${name}${revision}`)) return { name, revision };
  throw new CliError(
    "model-name",
    `${model} is no name of a model: write ORG/NAME or ORG/NAME@REVISION, as in sentence-transformers/all-MiniLM-L6-v2`,
  );
}

async function modelsFolder({
  modelsDir = readEnvironment().MODELS_DIR,
}: ModelsOptions): Promise<string> {
  if (modelsDir === undefined) {
    throw new CliError(
      "models-dir-missing",
      "set MODELS_DIR to the folder of models that API and workers have, or name one by --models-dir",
    );
  }
  const folder = resolve(modelsDir);
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory()) return folder;
  throw new CliError(
    "models-dir-missing",
    `${folder} is no folder; make it first: mkdir -p ${folder}`,
  );
}
