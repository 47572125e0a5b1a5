import { describe, expect, it } from "vitest";
import type { DatasetFormat } from "../options/dataset-format.js";
import { readWhole } from "../reading/read-whole.js";

async function readCsv(file: string, format: Partial<DatasetFormat> = {}, chunkBytes = 5) {
  const whole = await readWhole(file, { format: { type: "csv", ...format } }, chunkBytes);
  return {
    rows: whole.samples.map(({ line, text }) => [line, text]),
    labels: whole.samples.map(({ classIndex }) => whole.classes[classIndex]?.name),
    ids: whole.samples.map(({ externalId }) => externalId),
    rejects: whole.rejects.map(({ line, reason }) => [line, reason]),
  };
}

describe("csv", () => {
  it("follows RFC 4180: quoted delimiters, quotes and line breaks; a backslash is an ordinary character", async () => {
    const file = [
      "label,text",
      'a,"one, two"',
      'b,"she said ""no"""',
      'a,"three',
      "",
      'lines"',
      "b,back\\slash\\n",
      'a,"ends in a backslash\\"',
      'b,""""',
      "",
    ].join("\r\n");
    const { rows, rejects } = await readCsv(file);
    expect(rows).toEqual([
      [2, "one, two"],
      [3, 'she said "no"'],
      [4, "three\r\n\r\nlines"],
      [7, "back\\slash\\n"],
      [8, "ends in a backslash\\"],
      [9, '"'],
    ]);
    expect(rejects).toEqual([]);
  });

  it("keeps quotes that RFC 4180 does not define as characters", async () => {
    const { rows } = await readCsv('text,label\n5" disk,a\nsay "x",b\n"y" z,b\n');
    expect(rows).toEqual([
      [2, '5" disk'],
      [3, 'say "x"'],
      [4, '"y" z'],
    ]);
  });

  it("rejects ragged and blank rows by their first line, and continues", async () => {
    const file = 'text,label\nx\n\ny,a,more\n"z\nz",b,c\ngood,a\nfine,b\n';
    expect(await readCsv(file)).toMatchObject({
      rows: [
        [7, "good"],
        [8, "fine"],
      ],
      rejects: [
        [2, "field-count"],
        [3, "empty-line"],
        [4, "field-count"],
        [5, "field-count"],
      ],
    });
  });

  it("finds columns by name or index, with or without a header", async () => {
    const file = "7,first,a\n8,second,b\n";
    const columns = { header: false, idColumn: 0, textColumn: 1, labelColumn: 2 };
    const expected = {
      labels: ["a", "b"],
      ids: ["7", "8"],
      rows: [
        [1, "first"],
        [2, "second"],
      ],
    };
    expect(await readCsv(file, columns)).toMatchObject(expected);
    const asText = { header: false, idColumn: "0", textColumn: "1", labelColumn: "2" };
    expect(await readCsv(file, asText)).toMatchObject(expected);
    const named = await readCsv(`id,text,label\n${file}`, { idColumn: "id" });
    expect(named).toMatchObject({ labels: ["a", "b"], ids: ["7", "8"] });
    await expect(readCsv(file, { header: false, labelColumn: 3 })).rejects.toMatchObject({
      code: "column-not-found",
      details: { column: "3", columns: ["0", "1", "2"] },
    });
  });

  it("accepts any delimiter", async () => {
    const wanted = {
      rows: [
        [2, "x, y"],
        [3, "z"],
      ],
      labels: ["a", "b"],
    };
    expect(await readCsv("text\tlabel\nx, y\ta\nz\tb\n", { type: "tsv" })).toMatchObject(wanted);
    for (const delimiter of [";", "|", "::", "|,|"]) {
      const file = `text,label\nx; y,a\nz,b\n`.replaceAll(",", delimiter).replace("; y", ", y");
      const read = await readCsv(file.replace(`x${delimiter} y`, "x, y"), {
        type: "delimited",
        delimiter,
      });
      expect(read).toMatchObject(wanted);
    }
  });

  it("keeps the true label separate, in the same class table", async () => {
    const whole = await readWhole("text,label,gt\nx,a,b\ny,b,\nz,a,c\n", {
      format: { type: "csv", trueLabelColumn: "gt" },
    });
    expect(whole.classes).toEqual([
      { index: 0, name: "a", count: 2 },
      { index: 1, name: "b", count: 1 },
      { index: 2, name: "c", count: 0 },
    ]);
    expect(whole.samples.map(({ trueClassIndex }) => trueClassIndex)).toEqual([1, null, 2]);
    expect(whole.profile.warnings.map(({ code }) => code)).toContain("empty-classes");
  });

  it("class names such as __proto__ are plain names", async () => {
    const file = "text,label\nx,__proto__\ny,constructor\nz,toString\nu,__proto__\n";
    const { labels } = await readCsv(file);
    expect(labels).toEqual(["__proto__", "constructor", "toString", "__proto__"]);
  });
});
