// Long because it is one table of cases.
import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import { guessFormat, SURE_ENOUGH } from "./guess-format.js";

const REVIEWS = [
  "the plot is thin but the actors carry it",
  "a waste of two hours, I left before the end",
  "what a wonderful evening, the music alone is worth it",
  "predictable from the first minute to the last",
  "my children laughed and so did I",
  "too loud, too long and not funny at all",
  "one of the best films I have seen this year",
  "the camera shakes so much that I felt sick",
];
const CHINESE = [
  "电影很好看，推荐大家去看",
  "剧情太差了，浪费时间",
  "演员的表演非常出色",
  "没有想象中的好，失望",
];
const LABELS = ["pos", "neg", "pos", "neg", "pos", "neg", "pos", "neg"];

const quoted = (cell: string) =>
  /[",;\t|\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
/** Rows of `columns` in turn, repeated `times`, under a header line if there is one. */
function table(
  header: string | null,
  columns: readonly (readonly string[])[],
  delimiter = ",",
  rows = 8,
): string {
  const lines = Array.from({ length: rows }, (_, r) =>
    columns.map((column) => quoted(column[r % column.length]!)).join(delimiter),
  );
  return [...(header === null ? [] : [header]), ...lines].join("\n");
}
const numbers = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => String(from + i * step));

const csv = (
  textColumn: string | number,
  labelColumn: string | number,
  more = {},
): DatasetFormat => ({
  type: "csv",
  textColumn,
  labelColumn,
  ...more,
});
const bare = (textColumn: number, labelColumn: number, more = {}): DatasetFormat => ({
  type: "csv",
  header: false,
  textColumn,
  labelColumn,
  ...more,
});

const CASES: [what: string, file: string, format: DatasetFormat][] = [
  ["评论,标签", table("评论,标签", [CHINESE, ["正面", "负面"]]), csv("评论", "标签")],
  ["標籤,內容", table("標籤,內容", [["正", "負"], CHINESE]), csv("內容", "標籤")],
  [
    "类别\\t标题",
    table("类别\t标题", [["体育", "财经"], CHINESE], "\t"),
    { ...csv("标题", "类别"), type: "tsv" },
  ],
  [
    "fastText",
    REVIEWS.map((text, i) => `__label__${LABELS[i]} ${text}`).join("\n"),
    { type: "fasttext" },
  ],
  [
    "fastText with commas and several labels, which may come last",
    REVIEWS.map((text) => `${text}, and more, __label__a __label__b`).join("\n"),
    { type: "fasttext" },
  ],
  [
    "lists as Python writes them",
    table("text,labels", [REVIEWS, ["['sad', 'long']", "['funny']", "[]", "['long']"]]),
    csv("text", "labels", { labelLists: true }),
  ],
  [
    "lists of indexes without a header",
    table(null, [["[0, 3]", "[1]", "[2, 1]"], REVIEWS]),
    bare(1, 0, { labelLists: true }),
  ],
  [
    "lists of JSON in jsonl, where one is a text",
    REVIEWS.map((text, i) => JSON.stringify({ text, tags: i % 2 ? '["a"]' : '["b","c"]' })).join(
      "\n",
    ),
    { type: "jsonl", textColumn: "text", labelColumn: "tags", labelLists: true },
  ],
  [
    "lists of jsonl that are lists already, and a NaN",
    REVIEWS.map((text, i) => `{"text":"${text}","n":NaN,"tags":["${LABELS[i]}"]}`).join("\n"),
    { type: "jsonl", textColumn: "text", labelColumn: "tags" },
  ],
  ["v1,v2", table("v1,v2", [["ham", "spam", "ham"], REVIEWS]), csv("v2", "v1")],
  [
    "v1,v2,,, of the spam set",
    table("v1,v2,,,", [["ham", "spam", "ham"], REVIEWS, [""], [""], [""]]),
    csv("v2", "v1"),
  ],
  ["tweet,sentiment", table("tweet,sentiment", [REVIEWS, LABELS]), csv("tweet", "sentiment")],
  [
    "pandas' index",
    table(",text,label", [numbers(0, 7), REVIEWS, LABELS]),
    csv("text", "label", { idColumn: 0 }),
  ],
  [
    "pandas' index before unknown names",
    table(",a,b", [numbers(0, 7), REVIEWS, LABELS]),
    csv("a", "b", { idColumn: 0 }),
  ],
  [
    "Unnamed: 0",
    table("Unnamed: 0,text,label", [numbers(0, 7), REVIEWS, LABELS]),
    csv("text", "label", { idColumn: "Unnamed: 0" }),
  ],
  [
    "a shuffled index",
    table(",text,label", [["17", "3", "25", "1", "9", "40", "2", "11"], REVIEWS, LABELS]),
    csv("text", "label", { idColumn: 0 }),
  ],
  ["label first, one label", table("label,text", [["0"], REVIEWS]), csv("text", "label")],
  ["unknown names, label first, one label", table("y1,x1", [["neg"], REVIEWS]), csv("x1", "y1")],
  [
    "one label, text first",
    table("comment_text,verdict", [REVIEWS, ["fake"]]),
    csv("comment_text", "verdict"),
  ],
  [
    "sep=;",
    `sep=;\n${table("text;label", [REVIEWS, LABELS], ";")}`,
    { type: "delimited", delimiter: ";", textColumn: "text", labelColumn: "label" },
  ],
  [
    "sep=, with names in German",
    `sep=,\n${table("Satz,Klasse", [REVIEWS, LABELS])}`,
    csv("Satz", "Klasse"),
  ],
  [
    "sep=\\t",
    `sep=\t\n${table("text\tlabel", [REVIEWS, LABELS], "\t")}`,
    { ...csv("text", "label"), type: "tsv" },
  ],
  [
    "semicolons and decimal commas",
    table("Text;Kategorie;Wert", [REVIEWS, LABELS, ["0,5", "1,25", "3,75"]], ";"),
    { type: "delimited", delimiter: ";", textColumn: "Text", labelColumn: "Kategorie" },
  ],
  [
    "pipes",
    table("text|label", [REVIEWS, LABELS], "|"),
    { type: "delimited", delimiter: "|", textColumn: "text", labelColumn: "label" },
  ],
  [
    "::",
    table("text::label", [REVIEWS, LABELS], "::"),
    { type: "delimited", delimiter: "::", textColumn: "text", labelColumn: "label" },
  ],
  [
    "|||",
    table("label|||text", [LABELS, REVIEWS], "|||"),
    { type: "delimited", delimiter: "|||", textColumn: "text", labelColumn: "label" },
  ],
  [
    "tabs, texts with commas",
    table("text\tlabel", [REVIEWS.map((text) => `${text}, truly, yes`), LABELS], "\t"),
    { ...csv("text", "label"), type: "tsv" },
  ],
  [
    "one comma in each text",
    table(
      null,
      [REVIEWS.map((text) => `well, ${text.replaceAll(",", "")}`), LABELS],
      "\t",
    ).replaceAll('"', ""),
    { ...bare(0, 1), type: "tsv" },
  ],
  [
    "quoted fields with other delimiters",
    table("text,label", [REVIEWS.map((text) => `a;b|c\t${text};d`), LABELS]),
    csv("text", "label"),
  ],
  [
    "line breaks in fields",
    table("text,label", [REVIEWS.map((text) => `${text}\nand more`), LABELS]),
    csv("text", "label"),
  ],
  [
    "all fields quoted",
    REVIEWS.map((text, i) => `"${text}","${LABELS[i]}"`).join("\n"),
    bare(0, 1),
  ],
  [
    "all fields quoted, a header",
    `"text","label"\n${REVIEWS.map((text, i) => `"${text}","${LABELS[i]}"`).join("\n")}`,
    csv("text", "label"),
  ],
  ["no header", table(null, [REVIEWS, LABELS]), bare(0, 1)],
  ["no header, label first", table(null, [LABELS, REVIEWS]), bare(1, 0)],
  ["no header, a number first", table(null, [["1", "2", "1"], REVIEWS]), bare(1, 0)],
  [
    "no header, as AG News",
    table(null, [
      ["3", "4", "1", "2"],
      REVIEWS.map((text) => text.slice(0, 20)),
      REVIEWS.map((text) => text + text),
    ]),
    bare(2, 0),
  ],
  [
    "no header, sentiment140",
    table(null, [
      ["0", "4"],
      numbers(1467810369, 1467810900, 71),
      ["Mon Apr 06 22:19:45 PDT 2009"],
      ["NO_QUERY"],
      ["scotty", "mattycus", "ellec", "kari"],
      REVIEWS,
    ]),
    bare(5, 0),
  ],
  [
    "no header, index first",
    table(null, [numbers(1, 8), REVIEWS, LABELS]),
    bare(1, 2, { idColumn: 0 }),
  ],
  [
    "no header, Chinese",
    table(null, [CHINESE, ["体育", "财经", "体育"]], "\t"),
    { ...bare(0, 1), type: "tsv" },
  ],
  ["no header, one label", table(null, [["neg"], REVIEWS]), bare(1, 0)],
  [
    "AG News with names",
    table("Class Index,Title,Description", [
      ["3", "4", "1", "2"],
      REVIEWS.map((text) => text.slice(0, 20)),
      REVIEWS.map((text) => text + text),
    ]),
    csv("Description", "Class Index"),
  ],
  [
    "airline tweets",
    table("tweet_id,airline_sentiment,airline_sentiment_confidence,airline,text", [
      numbers(0, 7).map((n) => `57030613367776051${n}`),
      ["neutral", "positive", "negative"],
      ["1.0", "0.3486", "0.6837"],
      ["Virgin", "United"],
      REVIEWS,
    ]),
    csv("text", "airline_sentiment", { idColumn: "tweet_id" }),
  ],
  [
    "IMDB",
    table("review,sentiment", [REVIEWS, ["positive", "negative"]]),
    csv("review", "sentiment"),
  ],
  [
    "SetFit",
    table("text,label,label_text", [REVIEWS, ["0", "1"], ["neg", "pos"]]),
    csv("text", "label"),
  ],
  ["ChnSentiCorp", table("label,review", [["1", "0"], CHINESE]), csv("review", "label")],
  ["weibo_senti", table("label,review", [["1"], CHINESE]), csv("review", "label")],
  [
    "CoLA",
    table(null, [["gj04"], ["1", "0", "1"], ["", "*"], REVIEWS], "\t"),
    { ...bare(3, 1), type: "tsv" },
  ],
  [
    "SST-2",
    table("sentence\tlabel", [REVIEWS, ["0", "1"]], "\t"),
    { ...csv("sentence", "label"), type: "tsv" },
  ],
  [
    "TREC-like intents",
    table("text,intent", [REVIEWS, ["refund", "cancel", "track_order"]]),
    csv("text", "intent"),
  ],
  [
    "banking77",
    table("text,category", [REVIEWS, ["card_arrival", "card_linking"]]),
    csv("text", "category"),
  ],
  [
    "Amazon reviews",
    table("Id,ProductId,Score,Time,Summary,Text", [
      numbers(1, 8),
      ["B001E4KFG0", "B00813GRG4"],
      ["5", "1", "4"],
      numbers(1303862400, 1346976007, 5000000),
      REVIEWS.map((text) => text.slice(0, 16)),
      REVIEWS,
    ]),
    csv("Text", "Score", { idColumn: "Id" }),
  ],
  [
    "id, text and target",
    table("id,keyword,location,text,target", [
      numbers(1, 8),
      [""],
      ["", "Paris"],
      REVIEWS,
      ["1", "0"],
    ]),
    csv("text", "target", { idColumn: "id" }),
  ],
  [
    "a true label beside",
    table("label,gt,text,group", [["1", "0"], ["1", "1", "0"], REVIEWS, ["5"]]),
    csv("text", "label", { trueLabelColumn: "gt" }),
  ],
  [
    "a gold label alone",
    table("sentence,gold_label", [REVIEWS, LABELS]),
    csv("sentence", "gold_label"),
  ],
  ["upper case", table("TEXT,LABEL", [REVIEWS, LABELS]), csv("TEXT", "LABEL")],
  [
    "blanks around names",
    table("Review Text , Class ", [REVIEWS, LABELS]),
    csv("Review Text ", " Class "),
  ],
  [
    "camel case",
    table("reviewText,overallRating", [REVIEWS, ["5", "1", "3"]]),
    csv("reviewText", "overallRating"),
  ],
  [
    "German",
    table("Satz;Kategorie", [REVIEWS, LABELS], ";"),
    { type: "delimited", delimiter: ";", textColumn: "Satz", labelColumn: "Kategorie" },
  ],
  [
    "German, Text and Bewertung",
    table("Bewertung,Sterne", [REVIEWS, ["1", "5", "3"]]),
    csv("Bewertung", "Sterne"),
  ],
  ["French", table("phrase,étiquette", [REVIEWS, LABELS]), csv("phrase", "étiquette")],
  ["Spanish", table("reseña,clasificación", [REVIEWS, LABELS]), csv("reseña", "clasificación")],
  [
    "Japanese",
    table("ラベル,本文", [
      ["肯定", "否定"],
      ["とても良い商品です", "すぐに壊れました", "また買いたい", "二度と買わない"],
    ]),
    csv("本文", "ラベル"),
  ],
  [
    "Korean",
    table("번호,문장,감정", [
      numbers(1, 8),
      ["정말 좋은 영화입니다", "시간이 아까웠어요", "다시 보고 싶어요"],
      ["긍정", "부정"],
    ]),
    csv("문장", "감정", { idColumn: "번호" }),
  ],
  [
    "Korean movie reviews",
    table(
      "id\tdocument\tlabel",
      [
        numbers(9976970, 9976977),
        ["정말 좋은 영화입니다", "시간이 아까웠어요", "다시 보고 싶어요"],
        ["0", "1"],
      ],
      "\t",
    ),
    { ...csv("document", "label", { idColumn: "id" }), type: "tsv" },
  ],
  [
    "Russian",
    table("текст,метка", [
      ["отличный фильм, советую всем", "ужасно скучно", "не понравилось совсем"],
      ["да", "нет"],
    ]),
    csv("текст", "метка"),
  ],
  ["names in no list", table("foo,bar", [REVIEWS, LABELS]), csv("foo", "bar")],
  ["names in no list, label first", table("q17,q18", [LABELS, REVIEWS]), csv("q18", "q17")],
  ["x,y", table("x,y", [REVIEWS, LABELS]), csv("x", "y")],
  [
    "a date, a URL and a user",
    table("date,url,user,comment,stance", [
      ["2024-01-02", "2024-01-03"],
      ["https://a.example/1", "https://a.example/2"],
      ["ann", "bob", "cleo"],
      REVIEWS,
      ["for", "against"],
    ]),
    csv("comment", "stance"),
  ],
  [
    "a probability beside the label",
    table("text,label,score", [REVIEWS, LABELS, ["0.93", "0.71", "0.88"]]),
    csv("text", "label"),
  ],
  [
    "a few ragged rows",
    `${table("text,label", [REVIEWS, LABELS], ",", 40)}\nbroken\na,b,c,d`,
    csv("text", "label"),
  ],
  [
    "short texts",
    table("word,class", [
      ["apple", "bear", "cherry", "dog", "egg", "fox", "grape", "hen"],
      ["fruit", "animal"],
    ]),
    csv("word", "class"),
  ],
  [
    "jsonl",
    REVIEWS.map((text, i) => JSON.stringify({ text, label: LABELS[i] })).join("\n"),
    { type: "jsonl", textColumn: "text", labelColumn: "label" },
  ],
  [
    "jsonl with an id",
    REVIEWS.map((text, i) => JSON.stringify({ uid: `u${i}`, sentence: text, gold: i % 2 })).join(
      "\n",
    ),
    { type: "jsonl", textColumn: "sentence", labelColumn: "gold", idColumn: "uid" },
  ],
  [
    "jsonl, nested",
    REVIEWS.map((text, i) =>
      JSON.stringify({ data: { text }, annotation: { choice: LABELS[i] } }),
    ).join("\n"),
    { type: "jsonl", textColumn: "data.text", labelColumn: "annotation.choice" },
  ],
  [
    "jsonl, deeper, and an annotation in a list",
    REVIEWS.map((text, i) =>
      JSON.stringify({
        task: { data: { input: { text } } },
        annotations: [{ by: { name: "ann" }, value: { choice: LABELS[i] } }],
      }),
    ).join("\n"),
    {
      type: "jsonl",
      textColumn: "task.data.input.text",
      labelColumn: "annotations.0.value.choice",
    },
  ],
  [
    "jsonl, where some rows have two annotations and another column has the label",
    REVIEWS.map((text, i) =>
      JSON.stringify({
        text,
        gold: LABELS[i],
        annotations: Array.from({ length: 1 + (i % 2) }, () => ({ label: LABELS[i] })),
      }),
    ).join("\n"),
    { type: "jsonl", textColumn: "text", labelColumn: "gold" },
  ],
  [
    "jsonl, Chinese names",
    CHINESE.map((text, i) => JSON.stringify({ 类别: i % 2 ? "体育" : "财经", 正文: text })).join(
      "\n",
    ),
    { type: "jsonl", textColumn: "正文", labelColumn: "类别" },
  ],
  [
    "jsonl, lists of labels",
    REVIEWS.map((text, i) => JSON.stringify({ text, labels: [LABELS[i]] })).join("\n"),
    { type: "jsonl", textColumn: "text", labelColumn: "labels" },
  ],
  [
    "jsonl of TNEWS",
    CHINESE.map((text, i) =>
      JSON.stringify({
        label: `10${i % 2}`,
        label_desc: "news_story",
        sentence: text,
        keywords: "",
      }),
    ).join("\n"),
    { type: "jsonl", textColumn: "sentence", labelColumn: "label" },
  ],
  [
    "Toutiao",
    "6551700932705387022_!_101_!_news_culture_!_京城最值得你来场文化之旅的博物馆_!_保利集团,马未都\n6552368441838272771_!_101_!_news_culture_!_发酵床的垫料种类有哪些_!_",
    { type: "toutiao" },
  ],
  [
    "Toutiao, multilevel",
    "1|,|a/b,c|,|title|,|k|,|\n2|,|d|,|more|,||,|",
    { type: "toutiao-multilevel" },
  ],
];

/** As people try a tool out: two to four rows. */
const TINY: [file: string, format: DatasetFormat][] = [
  ["评论,标签\n很好看,正面\n太差了,负面\n", csv("评论", "标签")],
  ["标签,评论\n正面,很好看\n负面,太差了\n", csv("评论", "标签")],
  [
    "v1,v2\nham,Ok lar... Joking wif u oni\nspam,Free entry in 2 a wkly comp to win FA Cup\nham,U dun say so early hor\n",
    csv("v2", "v1"),
  ],
  ["tweet,sentiment\nI love it,positive\nI hate it,negative\n", csv("tweet", "sentiment")],
  [",text,label\n0,good film,pos\n1,bad film,neg\n", csv("text", "label", { idColumn: 0 })],
  [
    "sep=;\ntext;label\ngood film;pos\nbad film;neg\n",
    { type: "delimited", delimiter: ";", textColumn: "text", labelColumn: "label" },
  ],
  ["text,label\ngood film,pos\nbad film,neg\n", csv("text", "label")],
  ["label\ttext\n1\tgood film\n0\tbad film\n", { ...csv("text", "label"), type: "tsv" }],
  ["good film,pos\nbad film,neg\nnice film,pos\n", bare(0, 1)],
  ["1,a good film indeed\n0,a bad film\n1,a nice film\n", bare(1, 0)],
  [
    "headline;topic\nRates rise again;economy\nTeam wins the cup;sport\n",
    { type: "delimited", delimiter: ";", textColumn: "headline", labelColumn: "topic" },
  ],
  [
    '{"text":"good film","label":"pos"}\n{"text":"bad film","label":"neg"}\n',
    { type: "jsonl", textColumn: "text", labelColumn: "label" },
  ],
  ["내용,라벨\n정말 좋아요,긍정\n별로예요,부정\n", csv("내용", "라벨")],
  ["テキスト,ラベル\nとても良い,肯定\nとても悪い,否定\n", csv("テキスト", "ラベル")],
];

const guess = (file: string, far = "") =>
  guessFormat({ head: file.split("\n"), far: far === "" ? [] : far.split("\n") });

describe("guessFormat", () => {
  it.each(CASES)("is sure of %s", (_, file, format) => {
    const { confidence, ...guessed } = guess(file);
    expect(guessed.format).toEqual(format);
    expect(confidence).toBeGreaterThan(SURE_ENOUGH);
    expect(confidence).toBeLessThanOrEqual(1);
  });

  it.each(TINY)("is sure of %j", (file, format) => {
    const { confidence, ...guessed } = guess(file);
    expect(guessed.format).toEqual(format);
    expect(confidence).toBeGreaterThan(SURE_ENOUGH);
  });

  const UNSURE: [what: string, file: string, truth: DatasetFormat | null][] = [
    ["prose", "Just some words, and more.\nAnd a second line of them\nthen a third", null],
    ["one column", REVIEWS.join("\n"), null],
    ["texts and ids without labels", table("id,text", [numbers(1, 8), REVIEWS]), null],
    ["two columns of labels", table("a,b,c", [REVIEWS, ["x", "y"], ["q", "p"]]), csv("a", "c")],
    [
      "one column a class",
      table("comment,rude,obscene,threat", [REVIEWS, ["0", "1"], ["1", "0"], ["0", "0", "1"]]),
      csv("comment", "obscene"),
    ],
    [
      "two texts and two labels",
      table("q1,q2,r1,r2", [REVIEWS, [...REVIEWS].reverse(), ["1", "2"], ["2", "1"]]),
      csv("q1", "r2"),
    ],
  ];
  it.each(UNSURE)("is not sure of %s, and shows what it could be", (_, file, truth) => {
    const { format, confidence, alternatives } = guess(file);
    expect(confidence).toBeLessThan(SURE_ENOUGH);
    if (truth) expect([format, ...alternatives.map((other) => other.format)]).toContainEqual(truth);
    for (const { reason } of alternatives) expect(reason).toMatch(/\w/);
  });

  const QUOTED: [what: string, file: string, format: DatasetFormat][] = [
    [
      "quotes that would join rows",
      'text\tlabel\nplain one\ta\n"opened two\tb\nplain three\ta\nit ends in four"\tb\nplain five\ta',
      { ...csv("text", "label"), type: "tsv", quote: "none" },
    ],
    [
      "quotes that close and join nothing",
      table("text\tlabel", [REVIEWS.map((text) => `"${text}"`), LABELS], "\t")
        .replaceAll('""', '"')
        .replaceAll('""', '"'),
      { ...csv("text", "label"), type: "tsv" },
    ],
    [
      "line breaks in quotes",
      table("text,label", [REVIEWS.map((text) => `${text}\n\nand, more`), LABELS]),
      csv("text", "label"),
    ],
    [
      "line breaks in quotes, with a comma in each line",
      `text,label\n${REVIEWS.map((text, i) => `"${text.replaceAll(",", "")}, they say\nand more",${LABELS[i]}`).join("\n")}`,
      csv("text", "label"),
    ],
    [
      "quotes after backslashes",
      `text,label\n${REVIEWS.map((text, i) => `"${text.replace("a ", 'a \\"so-called\\" ')}","${LABELS[i]}"`).join("\n")}`,
      csv("text", "label", { escape: "backslash" }),
    ],
    [
      "backslashes that escape nothing",
      table("text,label", [REVIEWS.map((text) => `C:\\${text}\\`), LABELS]),
      csv("text", "label"),
    ],
  ];
  it.each(QUOTED)("tells %s", (_, file, format) => {
    const { confidence, ...guessed } = guess(file);
    expect(guessed.format).toEqual(format);
    expect(confidence).toBeGreaterThan(SURE_ENOUGH);
  });

  it("keeps what is given, and guesses the rest", () => {
    const file = table("a,b,c,d", [REVIEWS, [...REVIEWS].reverse(), ["x", "y"], ["p", "q", "p"]]);
    const lines = { head: file.split("\n"), far: [] };
    expect(guessFormat(lines).confidence).toBeLessThan(SURE_ENOUGH);
    const told = guessFormat(lines, { textColumn: "b", labelColumn: "d" });
    expect(told.format).toEqual(csv("b", "d"));
    expect(told.confidence).toBeGreaterThan(0.9);
    const half = guessFormat(lines, { labelColumn: "c" });
    expect(half.format).toMatchObject({
      labelColumn: "c",
      textColumn: expect.stringMatching(/a|b/),
    });
    const bareFile = guessFormat(lines, { header: false, labelColumn: 2 });
    expect(bareFile.format).toMatchObject({ header: false, labelColumn: 2 });
  });

  it("a given delimiter is the only one", () => {
    const file = table("text;label", [REVIEWS, LABELS], ";").replaceAll('"', "");
    const lines = { head: file.split("\n"), far: [] };
    const told = guessFormat(lines, { delimiter: ";" });
    expect(told.format).toMatchObject({ type: "delimited", delimiter: ";", textColumn: "text" });
    expect(guessFormat(lines, { delimiter: "|" }).format).toBeNull();
  });

  it("finds the label of a sorted file by lines from elsewhere", () => {
    const head = table("a,b,c", [REVIEWS, ["0"], ["en"]], ",", 40);
    const far = table(null, [REVIEWS, ["1"], ["en"]], ",", 40);
    expect(guess(head, far).format).toEqual(csv("a", "b"));
    expect(guess(head, far).confidence).toBeGreaterThan(SURE_ENOUGH);
    expect(guess(head).confidence).toBeLessThan(SURE_ENOUGH);
  });

  const DOCUMENTS = [
    '[{"text":"a","label":"x"},{"text":"b","label":"y"}]',
    '[\n  {"text": "a, and b", "label": "x"},\n  {"text": "c, d", "label": "y"}\n]',
    '{"data": [{"text":"a","label":"x"}]}'.replace("[", "[\n"),
    '{\n  "data": [\n    {"text": "a, b", "label": "x"}\n  ]\n}',
    "[",
  ];
  it.each(DOCUMENTS)("a JSON document is no table: %j", (file) => {
    expect(guess(file)).toMatchObject({ format: null, problem: expect.stringContaining("JSON") });
  });
});
