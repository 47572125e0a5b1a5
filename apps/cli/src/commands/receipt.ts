import { rename, rm, writeFile } from "node:fs/promises";
import { FoldTrainingParams } from "@winnow/contracts";
import { type Command, Option } from "commander";
import {
  addServiceOptions,
  jsonOption,
  openClient,
  type ServiceOptions,
} from "../options/service.js";
import { fetchReceipt, readReceiptFile } from "../receipts/receipt-file.js";
import { type Replay, replay, TOLERANCE } from "../receipts/replay.js";
import { interruptible } from "../terminal/interrupt.js";
import { note, print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { printJson } from "../terminal/print-json.js";
import { percent } from "../terminal/text.js";

interface ReceiptOptions extends ServiceOptions {
  readonly output?: string;
}

/** `winnow receipt ID`: how a result was made, with hashes. */
export function addReceipt(program: Command): void {
  const command = program
    .command("receipt")
    .argument("<id>", "of a dataset, a cross-validation or a pruning")
    .summary("how a result was made, with hashes")
    .description(
      "write how a result was made, with hashes of rows, split and result: what replay runs again",
    )
    .option("-o, --output <file>", "default: stdout");
  addServiceOptions(command).action((id: string, options: ReceiptOptions) =>
    interruptible(async (signal) => {
      const receipt = await fetchReceipt(openClient(options), id, signal);
      if (options.output === undefined) printJson(receipt);
      else await save(options.output, `${JSON.stringify(receipt, null, 2)}\n`);
    }),
  );
}

/** The file appears whole or not at all. */
async function save(file: string, text: string): Promise<void> {
  const draft = `${file}.part`;
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

interface ReplayOptions extends ServiceOptions {
  readonly dataset?: string;
  readonly backend?: FoldTrainingParams["backend"];
  readonly json?: true;
}

/** `winnow replay RECEIPT`: runs a receipt again; ends with 1 where something else comes out. */
export function addReplay(program: Command): void {
  const command = program
    .command("replay")
    .argument("<file>", "a receipt, as winnow receipt or an exported folder has it")
    .summary("run a receipt again, and compare")
    .description(
      "run again what a receipt says, in a service that has its rows, and compare what comes out to the bit",
    )
    .option("--dataset <id>", "the dataset with the receipt's rows (default: the receipt's own)")
    .addOption(
      new Option(
        "--backend <name>",
        "compute the folds on this one (default: as they were)",
      ).choices(FoldTrainingParams.shape.backend.unwrap().options),
    )
    .addOption(jsonOption());
  addServiceOptions(command).action((file: string, options: ReplayOptions) =>
    interruptible(async (signal) => {
      const receipt = await readReceiptFile(file);
      const outcome = await replay(receipt, {
        client: openClient(options),
        datasetId: options.dataset,
        backend: options.backend,
        signal,
        say: (step) => options.json || note(COLORS.dim(`${step} again`)),
      });
      if (options.json) printJson(outcome);
      else report(outcome);
      if (outcome.outcome === "different") process.exitCode = 1;
    }),
  );
}

function report({ outcome, differences, crossValidationId, pruningId }: Replay): void {
  const ids = [crossValidationId, ...(pruningId === null ? [] : [pruningId])].join("  ");
  if (outcome === "bit-equal") {
    print(`${COLORS.green("bit-equal")}  ${ids}`);
    return;
  }
  if (outcome === "within-tolerance") {
    const { accuracy, flags } = TOLERANCE;
    print(
      `${COLORS.green("within tolerance")}  ${ids}\nanother backend: accuracy within ` +
        `${percent(accuracy)}, number of flags within ${percent(flags)}`,
    );
  } else print(`${COLORS.red("different")}  ${ids}`);
  for (const difference of differences) print(`  ${difference}`);
}
