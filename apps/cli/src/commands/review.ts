import { ReviewOrder } from "@winnow/contracts";
import { type Command, Option } from "commander";
import { addServiceOptions, openClient, type ServiceOptions } from "../options/service.js";
import { runReview } from "../review/run-review.js";
import { CliError } from "../terminal/failure.js";
import { interruptible } from "../terminal/interrupt.js";
import { print } from "../terminal/output.js";
import { COLORS } from "../terminal/paint.js";
import { drawScreen, pressedKeys } from "../terminal/screen.js";
import { columnsOf, count } from "../terminal/text.js";

interface ReviewCommandOptions extends ServiceOptions {
  readonly order: ReviewOrder;
}

/** `winnow review ID`: decide about flags, or about the rows of a sample, by keys. */
export function addReview(program: Command): void {
  const command = program
    .command("review")
    .argument("<id>", "id of a pruning, pr_..., or of a sample, rs_...")
    .summary("decide about flags or sampled rows by keys")
    .description(
      "decide about the flags of a pruning, or about the rows of a sample, one key each; every decision is saved at once",
    )
    .addOption(
      new Option("--order <name>", "of flags: worst first, by posterior, or at random")
        .choices(ReviewOrder.options)
        .default("worst"),
    );
  addServiceOptions(command).action((id: string, options: ReviewCommandOptions) =>
    interruptible(async (signal) => {
      const { stdin, stdout } = process;
      if (!stdin.isTTY || !stdout.isTTY) {
        throw new CliError(
          "no-terminal",
          "A review needs a terminal; scripts call POST /v1/datasets/{id}/reviews.",
        );
      }
      const decided = await runReview({
        ...{ client: openClient(options), id, order: options.order, signal },
        keys: pressedKeys(stdin, signal),
        draw: (lines) => drawScreen(stdout, lines),
        columns: () => columnsOf(stdout),
        paint: COLORS,
      });
      stdin.unref();
      print(`${count(decided)} decided in this session.`);
    }),
  );
}
