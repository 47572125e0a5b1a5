import type { Command } from "commander";
import { readEnvironment } from "../config.js";
import { addServiceOptions, keyFor, type ServiceOptions } from "../options/service.js";
import { openInBrowser } from "../own-key/open-page.js";
import { note, print } from "../terminal/output.js";

interface OpenOptions extends ServiceOptions {
  readonly print?: true;
}

/** The page of a service; where it was left out, this leads to that of the API, with the key. */
const PAGE = "/";

/** `winnow open`: the service's page in the browser, which gets the key where no server sees it. */
export function addOpen(program: Command): void {
  const command = program
    .command("open")
    .summary("open the service's page in the browser")
    .description(
      "open the page of a running service in the browser, with your key where it needs one",
    )
    .option("--print", "only print the address, which holds the key");
  addServiceOptions(command).action(open);
}

async function open(options: OpenOptions): Promise<void> {
  const base = options.url ?? readEnvironment().WINNOW_URL;
  const page = new URL(PAGE, base);
  const key = keyFor(options);
  if (key !== undefined) page.hash = new URLSearchParams({ key }).toString();
  if (options.print) return print(page.href);
  if (await openInBrowser(page.href)) return note(`opened ${new URL(PAGE, base).href}`);
  note("No browser was found; open this address in one:");
  print(page.href);
}
