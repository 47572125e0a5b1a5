/** A kind of file that is not read here, by its first bytes. */
export interface Signature {
  /** As latin-1. */
  magic: string;
  /** Default 0. */
  at?: number;
  /** With its article. */
  name: string;
  /** What to do instead. */
  advice: string;
  /** The magic number is ordinary text; a NUL after it tells the file from a text file. */
  needsNul?: boolean;
}

const PARQUET = 'to_parquet("data.parquet")';
const UNPACK =
  "Unpack it, and upload the one file with the data, as it is or as gzip, zstd or zip.";
const NO_TABLE = "Upload the texts and labels as a table, for example as csv.";

export const PICKLE = {
  name: "a Python pickle",
  advice: `Write parquet instead, in Python, if you trust the file: pandas.read_pickle(FILE).${PARQUET}.`,
};

export const ARROW_STREAM = {
  name: "an Arrow stream, as Hugging Face's datasets keeps it",
  advice: `Write parquet instead, in Python: datasets.Dataset.from_file(FILE).${PARQUET}.`,
};

const STATA = {
  name: "a Stata file",
  advice: `Write parquet instead, in Python: pandas.read_stata(FILE).${PARQUET}.`,
};

export const SIGNATURES: readonly Signature[] = [
  // Tables
  {
    magic: "ARROW1\0\0",
    name: "an Arrow (Feather) file",
    advice: `Write parquet instead, in Python: pyarrow.parquet.write_table(pyarrow.feather.read_table(FILE), "data.parquet").`,
  },
  {
    magic: "FEA1",
    name: "a Feather file (version 1)",
    advice: `Write parquet instead, in Python: pandas.read_feather(FILE).${PARQUET}.`,
    needsNul: true,
  },
  {
    magic: "ORC",
    name: "an ORC file",
    advice: `Write parquet instead, in Python: pandas.read_orc(FILE).${PARQUET}.`,
    needsNul: true,
  },
  {
    magic: "Obj\x01",
    name: "an Avro file",
    advice: "Write its records as parquet or jsonl, for example with fastavro in Python.",
  },
  {
    magic: "PARE",
    name: "a parquet file with an encrypted footer",
    advice: "Write it without encryption.",
    needsNul: true,
  },
  {
    magic: "SQLite format 3\0",
    name: "an SQLite database",
    advice: `Export a table: sqlite3 -csv -header FILE "SELECT text, label FROM ..." > data.csv.`,
  },
  {
    magic: "DUCK",
    at: 8,
    name: "a DuckDB database",
    advice: "Export a table: COPY (SELECT text, label FROM ...) TO 'data.parquet'.",
    needsNul: true,
  },
  {
    magic: "\x89HDF\r\n\x1a\n",
    name: "an HDF5 file",
    advice: `Write parquet instead, in Python: pandas.read_hdf(FILE).${PARQUET}.`,
  },
  {
    magic: "\x93NUMPY",
    name: "a NumPy array",
    advice:
      "It has no texts: a dataset needs texts with labels, and probabilities have an import of their own.",
  },
  { magic: "<stata_dta>", ...STATA },
  ...["q", "r", "s"].flatMap((version) =>
    ["\x01", "\x02"].map((order) => ({ magic: `${version}${order}\x01\0`, ...STATA })),
  ),
  { magic: "]q\0(", ...PICKLE },
  { magic: "(lp0\n", ...PICKLE },
  { magic: "(dp0\n", ...PICKLE },
  { magic: "ccopy_reg\n", ...PICKLE },
  {
    magic: "$FL2@(#)",
    name: "an SPSS file",
    advice: `Write parquet instead, in Python: pandas.read_spss(FILE).${PARQUET}.`,
  },
  {
    magic: "\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60",
    name: "a SAS file",
    advice: `Write parquet instead, in Python: pandas.read_sas(FILE).${PARQUET}.`,
  },
  {
    magic: "RDX",
    name: "an R workspace",
    advice: 'Write csv in R: write.csv(data, "data.csv", row.names = FALSE).',
    needsNul: true,
  },
  {
    magic: "X\n\0\0\0",
    name: "an R object (.rds)",
    advice: 'Write csv in R: write.csv(readRDS(FILE), "data.csv", row.names = FALSE).',
  },
  {
    magic: "MATLAB 5.0 MAT-file",
    name: "a MATLAB file",
    advice: 'Write csv in MATLAB: writetable(data, "data.csv").',
  },
  {
    magic: "\0\x01\0\0Standard ",
    name: "an Access database",
    advice: "Export the table as csv or xlsx.",
  },
  {
    magic: "GGUF",
    name: "a model file (GGUF)",
    advice: NO_TABLE,
    needsNul: true,
  },
  // Compressed files and archives
  // Of the first block, and of a file without one.
  ...["1AY&SY", "\x17rE8P\x90"].map((magic) => ({
    magic,
    at: 4,
    name: "a bzip2 file",
    advice: "Recompress it: bzip2 -dc FILE | gzip > data.gz.",
  })),
  {
    magic: "\xfd7zXZ\0",
    name: "an xz file",
    advice: "Recompress it: xz -dc FILE | gzip > data.gz.",
  },
  {
    magic: "]\0\0",
    name: "an lzma file",
    advice: "Recompress it: xz -dc --format=lzma FILE | gzip > data.gz.",
  },
  {
    magic: "LZIP\x01",
    name: "an lzip file",
    advice: "Recompress it: lzip -dc FILE | gzip > data.gz.",
  },
  {
    magic: "\x04\x22\x4d\x18",
    name: "an lz4 file",
    advice: "Recompress it: lz4 -dc FILE | gzip > data.gz.",
  },
  {
    magic: "\x02\x21\x4c\x18",
    name: "an lz4 file",
    advice: "Recompress it: lz4 -dc FILE | gzip > data.gz.",
  },
  {
    magic: "\xff\x06\0\0sNaPpY",
    name: "a Snappy file",
    advice: "Unpack it, and compress it with gzip or zstd.",
  },
  {
    magic: "\x1f\x9d",
    name: "a file of compress (.Z)",
    advice: "Recompress it: zcat FILE | gzip > data.gz.",
  },
  { magic: "7z\xbc\xaf\x27\x1c", name: "a 7z archive", advice: UNPACK },
  { magic: "Rar!\x1a\x07", name: "a rar archive", advice: UNPACK },
  { magic: "ustar", at: 257, name: "a tar archive", advice: UNPACK },
  // Documents and media
  {
    magic: "%PDF-",
    name: "a PDF document",
    advice: "Export the table that it was made from as csv or xlsx.",
  },
  {
    magic: "{\\rtf",
    name: "an RTF document",
    advice: "Save the table in it as plain text (csv).",
  },
  { magic: "\x89PNG\r\n", name: "a PNG image", advice: NO_TABLE },
  { magic: "\xff\xd8\xff", name: "a JPEG image", advice: NO_TABLE },
  { magic: "GIF8", name: "a GIF image", advice: NO_TABLE, needsNul: true },
  { magic: "II*\0", name: "a TIFF image", advice: NO_TABLE },
  { magic: "RIFF", name: "a media file (RIFF)", advice: NO_TABLE, needsNul: true },
  { magic: "ftyp", at: 4, name: "a media file (MP4)", advice: NO_TABLE, needsNul: true },
  { magic: "OggS\0", name: "a media file (Ogg)", advice: NO_TABLE },
  { magic: "\x7fELF", name: "a program", advice: NO_TABLE },
  { magic: "MZ", name: "a program", advice: NO_TABLE, needsNul: true },
  // Text that stands for a file
  {
    magic: "version https://git-lfs.github.com/spec/",
    name: "the pointer of a file in Git LFS, not the file itself",
    advice: "Fetch the file first: git lfs pull.",
  },
];
