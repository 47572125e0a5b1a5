import { describe, expect, it } from "vitest";
import { readWhole } from "../reading/read-whole.js";

describe("the columns beside text and label", () => {
  it("of csv are kept as they stand, in file order, with their names", async () => {
    const file = 'url,text,n,label,note\nu1,one,007,a,\nu2,two,-1," b ","x, ""y"""\n';
    const whole = await readWhole(file, { format: { type: "csv" } });
    expect(whole.columns.map(({ name, role, type }) => [name, role, type])).toEqual([
      ["url", null, "text"],
      ["text", "text", "text"],
      ["n", null, "text"],
      ["label", "label", "text"],
      ["note", null, "text"],
    ]);
    expect(whole.samples.map(({ cells }) => cells)).toEqual([
      ["u1", null, "007", null, ""],
      // The label is stored as it stands, since the class is "b".
      ["u2", null, "-1", " b ", 'x, "y"'],
    ]);
  });

  it("are named by their position where a name is empty or repeated", async () => {
    const file = ",text,label,url,url,column_4\n0,one,a,u,v,w\n1,two,b,u,v,w\n";
    const whole = await readWhole(file, { format: { type: "csv" } });
    expect(whole.columns.map(({ name, header }) => [name, header])).toEqual([
      ["column_0", ""],
      ["text", undefined],
      ["label", undefined],
      ["url", undefined],
      ["column_4_", "url"],
      ["column_4", undefined],
    ]);
    expect(whole.samples[1]?.cells).toEqual(["1", null, null, "u", "v", "w"]);
  });

  it("have their positions as names in a file without a header", async () => {
    const format = { type: "tsv", header: false, textColumn: 2, labelColumn: 0 } as const;
    const whole = await readWhole("a\tx\tone\nb\ty\ttwo\n", { format });
    expect(whole.columns.map(({ name }) => name)).toEqual(["0", "1", "2"]);
    expect(whole.samples.map(({ cells }) => cells)).toEqual([
      [null, "x"],
      [null, "y"],
    ]);
  });

  it("of jsonl keep every value as it stands, wherever a key first appears", async () => {
    const lines = [
      '{"text":"one","label":"a","n":6552368441838272771,"x":{"deep":[1.10,null,"\\u0000"]}}',
      '{"id":"7","label":"b","text":"two","late":true,"n":null,"__proto__":1}',
    ];
    const whole = await readWhole(lines.join("\n"), { format: { type: "jsonl" } });
    expect(whole.columns.map(({ name, role, type }) => [name, role, type])).toEqual([
      ["text", "text", "text"],
      ["label", "label", "text"],
      ["n", null, "integer"],
      ["x", null, "json"],
      ["id", null, "text"],
      ["late", null, "boolean"],
      ["__proto__", null, "integer"],
    ]);
    expect(whole.samples.map(({ cells }) => cells)).toEqual([
      [null, null, "6552368441838272771", '{"deep":[1.10,null,"\\u0000"]}'],
      [null, null, "null", null, '"7"', "true", "1"],
    ]);
  });

  it("of jsonl hold labels and ids that are no texts as they stand", async () => {
    const lines = [
      '{"text":"one","label":["a","b"],"id":5}',
      '{"text":"two","label":7,"id":null}',
      '{"text":"three","label":"a","id":"x"}',
      '{"text":"four","label":"a"}',
    ];
    const format = { type: "jsonl", idColumn: "id" } as const;
    const whole = await readWhole(lines.join("\n"), { format });
    expect(whole.samples.map(({ cells }) => cells)).toEqual([
      [null, '["a","b"]', "5"],
      [null, "7", "null"],
      undefined,
      undefined,
    ]);
  });

  it("of Toutiao lines are the fields that make no part of the sample", async () => {
    const multilevel = await readWhole("1|,|a/x,b|,|one|,|k1,k2|,|\n2|,|b|,|two|,||,|t\n", {
      format: { type: "toutiao-multilevel", text: "title-keywords" },
    });
    expect(multilevel.columns.map(({ name }) => name)).toEqual([
      "id",
      "categories",
      "title",
      "keywords",
      "tags",
    ]);
    expect(multilevel.samples.map(({ cells }) => cells)).toEqual([
      [null, "a/x,b", "one", "k1,k2"],
      [null, null, null, null, "t"],
    ]);
    const toutiao = await readWhole("1_!_101_!_news_culture_!_one_!_k\n2_!_102_!__!_two_!_\n", {
      format: { type: "toutiao" },
    });
    expect(toutiao.samples.map(({ cells }) => cells)).toEqual([
      [null, "101", null, null, "k"],
      [null, "102"],
    ]);
  });

  const CSV = "url,text,label,n\nu,one,a,1\nv,two,b,2\n";
  it("can be chosen by name or position", async () => {
    for (const columns of [["n"], [3]]) {
      const whole = await readWhole(CSV, { format: { type: "csv" }, columns });
      expect(whole.columns.map(({ name }) => name)).toEqual(["text", "label", "n"]);
      expect(whole.samples.map(({ cells }) => cells)).toEqual([
        [null, null, "1"],
        [null, null, "2"],
      ]);
    }
  });

  it("can be left out", async () => {
    const whole = await readWhole(CSV, { format: { type: "csv" }, columns: "none" });
    expect(whole.columns.map(({ name }) => name)).toEqual(["text", "label"]);
    expect(whole.samples.map(({ cells }) => cells)).toEqual([undefined, undefined]);
  });

  const JSONL = '{"text":"one","label":"a"}\n{"text":"two","label":"b"}\n';
  it.each([
    ["csv", CSV],
    ["jsonl", JSONL],
  ] as const)("that do not exist cannot be chosen, in %s", async (type, file) => {
    await expect(readWhole(file, { format: { type }, columns: ["nope"] })).rejects.toMatchObject({
      code: "column-not-found",
      details: { column: "nope" },
    });
  });

  it("beyond a thousand keys share one column", async () => {
    const lines = Array.from({ length: 1100 }, (_, i) =>
      JSON.stringify({ text: `t${i}`, label: i % 2 ? "a" : "b", [`k${i}`]: i }),
    );
    const whole = await readWhole(lines.join("\n"), { format: { type: "jsonl" } });
    expect(whole.columns).toHaveLength(1001);
    expect(whole.columns.at(-1)).toMatchObject({ name: "other_columns", isRest: true });
    expect(whole.samples[1099]?.cells?.[1000]).toBe('{"k1099":1099}');
    expect(whole.samples[7]?.cells?.[9]).toBe("7");
  });

  it("of a sampled row are the row's own", async () => {
    const lines = Array.from({ length: 500 }, (_, i) => `t${i},${i % 2 ? "a" : "b"},c${i}\n`);
    const whole = await readWhole(`text,label,c\n${lines.join("")}`, {
      format: { type: "csv" },
      sampling: { perClass: 20, seed: 3 },
    });
    expect(whole.samples).toHaveLength(40);
    for (const { text, cells } of whole.samples) expect(cells?.[2]).toBe(text.replace("t", "c"));
  });
});
