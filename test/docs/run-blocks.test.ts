import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Block, blocksOf, howToPages, PAGES } from "./blocks.js";
import { openClone } from "./clone.js";
import { openTerminal, type RunningService, startService, type Terminal } from "./terminal.js";

// Runs the blocks of README and the how-to pages one after the other, in one terminal, as somebody
// who reads them would.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 360_000 });

/** The address in the pages; a test takes a free port. */
const ADDRESS = "http://127.0.0.1:8080";

/** Where the test departs from the letter of a page: it has less time, and no fixed port. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [
    /^npm run demo$/m,
    "npm run demo -- --file winnow-demo/demo-set.csv --format csv --text-column title " +
      "--label-column label --folds 2 --epochs 1",
  ],
  [/^npm start$/m, "npm start -- --port 0"],
  [/--folds 3\b/g, "--folds 2"],
  [/"folds": 3\b/g, '"folds": 2'],
];

let clone: ReturnType<typeof openClone>;
let terminal: Terminal;
let service: RunningService | undefined;
/** Pages repeat what others have begun with: it is done once. */
const ran = new Map<string, Promise<string>>();

beforeAll(() => {
  clone = openClone();
  terminal = openTerminal(clone.folder);
});
afterAll(async () => {
  await terminal.close();
  await service?.stop();
  clone.remove();
});

it("covers every how-to page", () => {
  expect([...PAGES].sort()).toEqual(["README.md", ...howToPages()].sort());
});

describe.each(PAGES)("%s", (page) => {
  const blocks = blocksOf(page);

  it("states for every block of commands what a test does with it", () => {
    expect(blocks.filter(({ mark }) => mark === null).map(({ line }) => line)).toEqual([]);
  });

  it.each(blocks.filter(({ mark }) => mark === "run" || mark === "service"))(
    "works as it stands from line $line on",
    async (block) => {
      const once = ran.get(block.text) ?? follow(block);
      ran.set(block.text, once);
      const output = await once;
      const shown = shapeOf(block.output ?? "");
      if (shown.length > 0) expect(shapeOf(output)).toEqual(shown);
    },
  );
});

async function follow({ mark, text }: Block): Promise<string> {
  const commands = INSTEAD.reduce((changed, [from, to]) => changed.replace(from, to), text);
  if (mark === "run") return terminal.run(commands.replaceAll(ADDRESS, service?.url ?? ADDRESS));
  service = await startService(clone.folder, commands);
  return terminal.run(`export WINNOW_URL=${service.url}`);
}

/** The fields of each JSON object that an output holds, and the steps that it ticks off. */
function shapeOf(output: string): string[] {
  return output.split("\n").flatMap((line) => {
    const [, step] = /✓ (\w+)/.exec(line) ?? [];
    if (step !== undefined) return [step];
    const [json] = /\{.*\}/.exec(line) ?? [];
    try {
      return json === undefined ? [] : [Object.keys(JSON.parse(json)).join()];
    } catch {
      return [];
    }
  });
}
