import { fileURLToPath } from "node:url";
import { createRandom } from "@winnow/numeric";
import { expect, it } from "vitest";
import { selectBackend } from "../backends/select.js";
import { encodeTexts } from "./encode-texts.js";
import { openSentenceEncoder } from "./sentence-encoder.js";

const FOLDER = fileURLToPath(
  new URL("../../../../test/golden/bert-shapes/bare-names", import.meta.url),
);
const WORDS = "the cat sat on mat dog walk river cafe xyz".split(" ");

it("TensorFlow gives a text the same bits, whatever is encoded beside it", async () => {
  await selectBackend("tfjs-node");
  const encoder = await openSentenceEncoder(FOLDER, { maxLength: 16 });
  const random = createRandom(3, "texts");
  const given = Array.from({ length: 3_000 }, () =>
    Array.from({ length: 1 + random.below(12) }, () => WORDS[random.below(WORDS.length)]!).join(
      " ",
    ),
  );
  const encoded = async (texts: readonly string[]) => {
    const vectors = new Map<string, string>();
    for await (const block of encodeTexts(encoder, texts)) {
      for (let row = 0; row < block.rows; row++) {
        const own = block.vectors.subarray(row * encoder.width, (row + 1) * encoder.width);
        vectors.set(texts[block.start + row]!, String(own));
      }
    }
    return vectors;
  };
  const all = await encoded(given);
  for (const some of [given.slice(0, 1), given.slice(5, 12), given.slice(40, 1_041)]) {
    for (const [text, own] of await encoded(some)) expect(own, text).toBe(all.get(text));
  }
  encoder.dispose();
});
