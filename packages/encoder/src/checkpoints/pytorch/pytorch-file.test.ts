import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openPytorchFile } from "./pytorch-file.js";

const text = (value: string) => [...Buffer.from(value, "latin1")];
const u32 = (value: number) => [0, 8, 16, 24].map((bits) => (value >>> bits) & 255);
const string = (value: string) => [0x58, ...u32(Buffer.byteLength(value)), ...text(value)];
const global = (module: string, name: string) => text(`c${module}\n${name}\n`);
const int = (value: number) => [0x4a, ...u32(value)];
const PROTO = [0x80, 2];
const [MARK, TUPLE, TUPLE1, REDUCE, STOP] = [0x28, 0x74, 0x85, 0x52, 0x2e];
const [EMPTY_DICT, SETITEM, BINPERSID, FALSE] = [0x7d, 0x73, 0x51, 0x89];

/** A storage of float32, as `torch.save` names it. */
const storage = (key: string, length: number, type = "FloatStorage") => [
  ...[MARK, ...string("storage"), ...global("torch", type), ...string(key)],
  ...[...string("cpu"), ...int(length), TUPLE, BINPERSID],
];
const tuple = (...values: number[]) => [MARK, ...values.flatMap(int), TUPLE];
const tensor = (from: number[], offset: number, shape: number[], strides: number[]) => [
  ...global("torch._utils", "_rebuild_tensor_v2"),
  ...[MARK, ...from, ...int(offset), ...tuple(...shape), ...tuple(...strides), FALSE],
  ...[...global("collections", "OrderedDict"), 0x29, REDUCE, TUPLE, REDUCE],
];
const pickle = (...value: number[]) => [...PROTO, ...value, STOP];
/** A dictionary with one tensor `w`. */
const one = (...value: number[]) => pickle(EMPTY_DICT, ...string("w"), ...value, SETITEM);

interface Member {
  name: string;
  data: Uint8Array;
  method?: number;
  size?: number;
}

/** A zip archive of stored members, faults included. */
function zip(members: Member[]): Uint8Array {
  const parts: number[][] = [];
  const directory: number[][] = [];
  let at = 0;
  for (const { name, data, method = 0, size = data.length } of members) {
    const u16 = (value: number) => [value & 255, value >>> 8];
    const common = [...u16(method), ...u16(0), ...u16(0), ...u32(crc32(data)), ...u32(data.length)];
    const names = [...u16(name.length), ...u16(0)];
    const local = [...text("PK\x03\x04"), 20, 0, 0, 0, ...common, ...u32(size), ...names];
    const entry = [...text("PK\x01\x02"), 20, 0, 20, 0, 0, 0, ...common, ...u32(size), ...names];
    directory.push([...entry, ...Array(10).fill(0), ...u32(at), ...text(name)]);
    const part = [...local, ...text(name), ...data];
    parts.push(part);
    at += part.length;
  }
  const entries = directory.flat();
  const count = [members.length, 0, members.length, 0];
  const end = [
    ...text("PK\x05\x06"),
    0,
    0,
    0,
    0,
    ...count,
    ...u32(entries.length),
    ...u32(at),
    0,
    0,
  ];
  return Uint8Array.from([...parts.flat(), ...entries, ...end]);
}

const FOUR = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
const archive = (program: number[], data: Uint8Array = FOUR) =>
  zip([
    { name: "archive/data.pkl", data: Uint8Array.from(program) },
    { name: "archive/data/0", data },
  ]);
const witness = join(tmpdir(), `winnow-pickle-${process.pid}`);

describe("a file of torch.save", () => {
  it("gives a tensor's numbers in the order of its axes, from any part of its storage", () => {
    const opened = openPytorchFile("x.bin", archive(one(...tensor(storage("0", 4), 1, [2], [2]))));
    expect(opened.get("w")).toEqual({ shape: [2], values: Float32Array.of(2, 4) });
    const turned = archive(one(...tensor(storage("0", 4), 0, [2, 2], [1, 2])));
    expect(openPytorchFile("x.bin", turned).get("w")?.values).toEqual(Float32Array.of(1, 3, 2, 4));
  });

  const call = (module: string, name: string, argument: string) =>
    pickle(...global(module, name), ...string(argument), TUPLE1, REDUCE);
  it.each<[string, number[], RegExp]>([
    ["os.system", call("os", "system", `touch ${witness}`), /names os.system/],
    ["posix.system", call("posix", "system", `touch ${witness}`), /names posix.system/],
    ["builtins.eval", call("builtins", "eval", "1"), /names builtins.eval/],
    [
      "a name that is put together on the stack",
      pickle(...string("subprocess"), ...string("Popen"), 0x93),
      /names subprocess.Popen/,
    ],
    [
      "a class of one's own",
      pickle(...global("__main__", "Model"), 0x29, 0x81),
      /names __main__.Mo/,
    ],
    ["an instance by INST", pickle(MARK, ...text("i__main__\nModel\n")), /instruction 0x69/],
    [
      "an object by NEWOBJ",
      one(...global("collections", "OrderedDict"), 0x29, 0x81),
      /instruction 0x81/,
    ],
    ["a persistent id of text", pickle(...text("Phttp://example.com\n")), /instruction 0x50/],
    ["another persistent id", pickle(...string("file:///etc/passwd"), BINPERSID), /persistent id/],
    [
      "a persistent id that leaves the archive",
      one(...tensor(storage("../../etc/passwd", 4), 0, [4], [1])),
      /persistent id/,
    ],
    ["an extension code", pickle(0x82, 1), /instruction 0x82/],
    [
      "a state set on a storage",
      pickle(...storage("0", 4), EMPTY_DICT, 0x62),
      /sets the state of something/,
    ],
    ["a view beyond its storage", one(...tensor(storage("0", 4), 2, [3], [1])), /reaches beyond/],
    [
      "a view of more numbers than there are",
      one(...tensor(storage("0", 4), 0, [65_536, 65_536], [0, 0])),
      /reaches beyond its storage of 4/,
    ],
    ["a negative side", one(...tensor(storage("0", 4), 0, [-1], [1])), /no whole numbers/],
    ["a stack that runs empty", pickle(TUPLE), /takes more from its stack/],
    ["an end in the middle", [...PROTO, 0x58, 255, 255, 255, 127], /ends in the middle/],
    ["no tensors at all", pickle(EMPTY_DICT), /no dictionary of tensors/],
  ])("refuses %s without running it", (_, program, message) => {
    for (const bytes of [archive(program), Uint8Array.from(legacy(program))]) {
      expect(() => openPytorchFile("x.bin", bytes)).toThrowError(
        expect.objectContaining({ code: "unsupported-checkpoint" }),
      );
      expect(() => openPytorchFile("x.bin", bytes)).toThrow(message);
    }
    expect(existsSync(witness)).toBe(false);
  });

  const honest = one(...tensor(storage("0", 4), 0, [4], [1]));
  it.each<[string, Uint8Array, RegExp]>([
    [
      "a storage that claims more than there is",
      archive(one(...tensor(storage("0", 400), 0, [400], [1]))),
      /claims 400 numbers/,
    ],
    [
      "a storage that is not there",
      archive(one(...tensor(storage("7", 4), 0, [4], [1]))),
      /no data\/7/,
    ],
    [
      "a zip bomb",
      zip([
        {
          name: "a/data.pkl",
          data: deflateRawSync(Buffer.alloc(1 << 20)),
          method: 8,
          size: 1 << 20,
        },
      ]),
      /is compressed/,
    ],
    [
      "a member larger than the file",
      zip([{ name: "a/data.pkl", data: Uint8Array.from(honest), size: 0x7fffffff }]),
      /is compressed|ends beyond/,
    ],
    ["two members of one name", zip(Array(2).fill({ name: "a/data.pkl", data: FOUR })), /twice/],
    ["an archive of something else", zip([{ name: "a.txt", data: FOUR }]), /no data.pkl/],
    ["an archive that is cut off", archive(honest).subarray(0, 200), /no directory/],
    ["a file of nothing", new Uint8Array(0), /no file of torch.save/],
    ["a text", Buffer.from("version https://git-lfs.github.com/spec/v1"), /no file of torch.save/],
    ["a pickle of Python", Uint8Array.from(pickle(EMPTY_DICT)), /not from torch.save/],
    ["numbers that end early", Uint8Array.from(legacy(honest, ["0"])), /end beyond the file/],
  ])("names the damage of %s", (_, bytes, message) => {
    expect(() => openPytorchFile("x.bin", bytes)).toThrowError(
      expect.objectContaining({ code: "bad-checkpoint" }),
    );
    expect(() => openPytorchFile("x.bin", bytes)).toThrow(message);
  });

  it("detects one flipped bit of the numbers, and big-endian files", () => {
    const bytes = archive(honest);
    const at = Buffer.from(bytes).indexOf(Buffer.from(FOUR));
    bytes[at] = bytes[at]! ^ 4;
    expect(() => openPytorchFile("x.bin", bytes)).toThrow(/does not match its checksum/);
    const order = { name: "archive/byteorder", data: Buffer.from("big") };
    const program = { name: "archive/data.pkl", data: Uint8Array.from(honest) };
    expect(() => openPytorchFile("x.bin", zip([program, order]))).toThrow(/big-endian/);
  });
});

/** The file of before PyTorch 1.6: magic number, version, system, the program, the storages' keys. */
function legacy(program: number[], keys: string[] = []): number[] {
  const magic = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  const list = [0x5d, MARK, ...keys.flatMap(string), 0x65];
  return [
    ...pickle(0x8a, magic.length, ...magic),
    ...pickle(...int(1001)),
    ...pickle(EMPTY_DICT),
    ...[...program, ...pickle(...list)],
  ];
}
