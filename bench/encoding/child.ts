// Encodes the texts of a JSON file, after one small batch: prints {rows, seconds, cpu, rss} as JSON.
// Arguments: folder of the encoder, backend, file, most tokens of a text.
import { readFileSync } from "node:fs";
import { encodeTexts, openSentenceEncoder, selectBackend } from "@winnow/encoder";

const [folder, backend, file, maxLength] = process.argv.slice(2);
await selectBackend(backend as Parameters<typeof selectBackend>[0]);
const encoder = await openSentenceEncoder(folder!, { maxLength: Number(maxLength) });
const texts = JSON.parse(readFileSync(file!, "utf8")) as string[];
for await (const _ of encodeTexts(encoder, ["warm", "up"]));

const before = process.cpuUsage();
const startedAt = performance.now();
let rows = 0;
for await (const block of encodeTexts(encoder, texts)) rows += block.rows;
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(before);
const rss = 1024 * process.resourceUsage().maxRSS;
console.log(JSON.stringify({ rows, seconds, cpu: (user + system) / 1e6, rss }));
