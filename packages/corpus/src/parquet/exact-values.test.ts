import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, it } from "vitest";
import { readWhole } from "../reading/read-whole.js";

it("decimals keep their digits as ids and labels, whatever type holds them", async () => {
  const ids = [6552368441838272771n, 6552368441838272772n, -1n, 0n];
  const decimal = { converted_type: "DECIMAL", repetition_type: "OPTIONAL" } as const;
  const file = parquetWriteBuffer({
    schema: [
      { name: "root", num_children: 4 },
      { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
      { name: "id", type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, precision: 38, ...decimal },
      { name: "label", type: "INT32", precision: 9, scale: 2, ...decimal },
      { name: "gold", type: "INT64", precision: 18, scale: 1, ...decimal },
    ],
    columnData: [
      { name: "text", data: ["a", "b", "c", "d"] },
      { name: "id", data: ids },
      { name: "label", data: [70n, 110n, -125n, 0n] },
      { name: "gold", data: [7n, null, -5n, 30n] },
    ],
  });
  const format = { type: "parquet", idColumn: "id", trueLabelColumn: "gold" } as const;
  const { samples, classes } = await readWhole(new Uint8Array(file), { format });
  expect(samples.map(({ externalId }) => externalId)).toEqual(ids.map(String));
  expect(samples.map(({ classIndex }) => classes[classIndex]?.name)).toEqual([
    "0.70",
    "1.10",
    "-1.25",
    "0.00",
  ]);
  expect(samples.map(({ trueClassIndex: c }) => (c === null ? null : classes[c]?.name))).toEqual([
    "0.7",
    null,
    "-0.5",
    "3.0",
  ]);
});
