import { PROBABILITY_PARTS } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { saveStream } from "../files/save-stream.js";
import { addServiceOptions, openClient, type ServiceOptions } from "../options/service.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { note } from "../terminal/output.js";
import { bytes } from "../terminal/text.js";

interface ProbabilitiesOptions extends ServiceOptions {
  readonly part: (typeof PROBABILITY_PARTS)[number];
  readonly output?: string;
}

/** `winnow probabilities CV`: what a cross-validation predicted, as npy. */
export function addProbabilities(program: Command): void {
  const command = program
    .command("probabilities")
    .argument("<cross-validation>", "id of the cross-validation, cv_...")
    .summary("write out-of-sample probabilities as npy")
    .description("write out-of-sample probabilities, or what belongs to their rows, as npy")
    .addOption(
      new Option("--part <part>", "an array with a row for each sample, in their order")
        .choices(PROBABILITY_PARTS)
        .default("probabilities"),
    )
    .option("-o, --output <file>", "default: stdout");
  addServiceOptions(command).action(
    (crossValidation: string, { part, output, ...service }: ProbabilitiesOptions) =>
      interruptible(async (signal) => {
        if (output === undefined && process.stdout.isTTY) {
          throw new CliError("output-missing", "npy is not text; name a file with -o.");
        }
        const body = await openClient(service).download("getProbabilities", {
          params: { id: crossValidation },
          query: { part },
          signal,
        });
        const written = await saveStream(body, output, signal);
        if (output !== undefined) note(`${output}  ${bytes(written)}`);
      }),
  );
}
