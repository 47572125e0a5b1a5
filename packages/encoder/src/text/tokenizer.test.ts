import { Tokenizer as PeerTokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTokenizer } from "./tokenizer.js";
import { createVocabulary, learnVocabulary, parseVocabulary } from "./vocabulary.js";

const vocabulary = createVocabulary([
  ..."[PAD] [UNK] [CLS] [SEP] [MASK] un ##aff ##able want ##ed , 微 信 5 ##0 a ##a b cafe".split(
    " ",
  ),
]);
const text = (ids: Iterable<number>) => [...ids].map((id) => vocabulary.tokens[id]).join(" ");

describe("the tokenizer", () => {
  it("takes the longest pieces, sets CJK and punctuation apart, drops accents", () => {
    const { encode } = createTokenizer(vocabulary);
    expect(text(encode("UNaffable,微信50 Café"))).toBe(
      "[CLS] un ##aff ##able , 微 信 5 ##0 cafe [SEP]",
    );
  });

  it("an unknown word is one [UNK], as in BERT, or one per unmatched character", () => {
    const word = createTokenizer(vocabulary, { unknown: "word" });
    const piece = createTokenizer(vocabulary, { unknown: "piece" });
    expect(text(word.encode("wantedxy a"))).toBe("[CLS] [UNK] a [SEP]");
    expect(text(piece.encode("wantedxy a"))).toBe("[CLS] want ##ed [UNK] [UNK] a [SEP]");
  });

  it("cuts before [SEP], counting both ends", () => {
    const { encode } = createTokenizer(vocabulary, { maxLength: 5 });
    expect(text(encode("a b a b a"))).toBe("[CLS] a b a [SEP]");
    expect(text(encode(""))).toBe("[CLS] [SEP]");
  });

  it("a table holds the ids of each text", () => {
    const tokenizer = createTokenizer(vocabulary);
    const texts = ["微信", "", "a want", "x".repeat(70_000), "b"];
    const { ids, offsets } = tokenizer.encodeAll(texts);
    texts.forEach((each, i) => {
      expect([...ids.subarray(offsets[i], offsets[i + 1])]).toEqual([...tokenizer.encode(each)]);
    });
    expect(offsets.at(-1)).toBe(ids.length);
  });

  it("agrees with Hugging Face's tokenizer on any text, by BERT's unknown rule", () => {
    const peer = new PeerTokenizer(
      {
        version: "1.0",
        added_tokens: [],
        normalizer: {
          type: "BertNormalizer",
          clean_text: true,
          handle_chinese_chars: true,
          strip_accents: null,
          lowercase: true,
        },
        pre_tokenizer: { type: "BertPreTokenizer" },
        post_processor: null,
        decoder: null,
        model: {
          type: "WordPiece",
          unk_token: "[UNK]",
          continuing_subword_prefix: "##",
          max_input_chars_per_word: 100,
          vocab: Object.fromEntries(vocabulary.ids),
        },
      },
      { tokenizer_class: "BertTokenizer" },
    );
    const { encode } = createTokenizer(vocabulary, { unknown: "word", maxLength: 10_000 });
    const words = fc.constantFrom(
      "want",
      "ed",
      "unaffable",
      "微",
      "信",
      "5",
      "0",
      "a",
      "B",
      ",",
      " ",
      "\t",
      "é",
      "Ü",
      "……",
      "。",
      "-",
      "x",
      "50",
      "\u0000",
      "\u200d",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 20 }), (parts) => {
        const given = parts.join("");
        const own = [...encode(given)].slice(1, -1).map((id) => vocabulary.tokens[id]);
        expect(own).toEqual(peer.tokenize(given));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("refuses a length without room for a piece", () => {
    expect(() => createTokenizer(vocabulary, { maxLength: 2 })).toThrow(/at least 3/);
  });
});

describe("a learned vocabulary", () => {
  it("holds every frequent character, then frequent words; the same texts give the same ids", () => {
    const texts = ["the cat 上海", "the dog 上海", "the rare"];
    const learned = learnVocabulary(texts, { minCount: 2 });
    expect(learned.tokens.slice(0, 5)).toEqual(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]);
    expect(new Set(learned.tokens.slice(5))).toEqual(
      new Set(["t", "##h", "##e", "##a", "上", "海", "the"]),
    );
    expect(learnVocabulary([...texts], { minCount: 2 }).tokens).toEqual(learned.tokens);
    const { encode } = createTokenizer(learned);
    expect([...encode("The 上")].map((id) => learned.tokens[id])).toEqual([
      "[CLS]",
      "the",
      "上",
      "[SEP]",
    ]);
  });

  it("stays within its size, characters first", () => {
    const learned = learnVocabulary(["ab ab", "cd cd"], { minCount: 1, maxSize: 8 });
    expect(learned.tokens).toHaveLength(8);
    expect(learned.tokens.slice(5).every((piece) => piece.replace("##", "").length === 1)).toBe(
      true,
    );
  });

  it("refuses a vocabulary without BERT's special pieces", () => {
    expect(() => parseVocabulary("[PAD]\na\n")).toThrow(/\[UNK\], \[CLS\], \[SEP\], \[MASK\]/);
  });
});
