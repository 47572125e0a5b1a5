import { Buffer } from "node:buffer";
import { Capture } from "./capture.js";
import { brokenJson, cutOffJson, severalDocuments } from "./faults.js";
import { OpenContainers } from "./open-containers.js";
import { type Place, PlaceCounter } from "./place.js";
import * as tokens from "./tokens.js";

/** What a value is; a scalar is a string, number, boolean or null. */
export type ValueKind = "object" | "array" | "scalar";

/** A value as it stands in the file. */
export interface TakenValue {
  kind: ValueKind;
  place: Place;
  /** Its text as UTF-8, good until the visitor returns; if it is too long only the first bytes. */
  bytes: Buffer;
  /** Whether it is longer than the limit. */
  isTooLong: boolean;
}

/** Decides what is read of a document. */
export interface JsonVisitor {
  /**
   * A value begins in an object or array that was entered, or is the document itself (`key` null).
   * `key` is its name, or its index from 0. "enter" visits what is in it, "take" passes on its text,
   * "skip" only checks its grammar.
   */
  begin(kind: ValueKind, key: string | number | null, place: Place): "enter" | "take" | "skip";
  taken(value: TakenValue): void;
  /** An entered object or array ends. */
  end?(): void;
}

/** The longest key or number that is read. */
const MAX_TOKEN_BYTES = 64 * 1024;

/** What may come next. */
type Expected = "value" | "first-value" | "key" | "first-key" | "colon" | "comma" | "end";

/**
 * Reads a JSON document of any size from pieces of UTF-8 in bounded memory. It checks the grammar of
 * all of it but what stands inside strings, and passes on the values that its visitor takes. Throws
 * CorpusError "bad-json" with line and column.
 */
export class JsonScanner {
  readonly #visitor: JsonVisitor;
  readonly #places = new PlaceCounter();
  readonly #open = new OpenContainers();
  readonly #token = new Capture(MAX_TOKEN_BYTES);
  readonly #value: Capture;
  #piece: Buffer = Buffer.alloc(0);
  #passed = 0;
  #expected: Expected = "value";
  #inside: "structure" | "string" | "escape" | "bare" = "structure";
  #isKey = false;
  #bareAt: Place = { line: 1, column: 1 };
  #taking: { kind: ValueKind; place: Place; depth: number } | null = null;

  /** `maxValueBytes` is the longest value that is passed on as a whole. */
  constructor(visitor: JsonVisitor, maxValueBytes: number) {
    this.#visitor = visitor;
    this.#value = new Capture(maxValueBytes);
  }

  /** Reads on; the visitor is called for all that ends in this piece. */
  push(piece: Uint8Array): void {
    this.#piece = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    this.#passed = 0;
    let at = 0;
    while (at < piece.length) {
      if (this.#inside === "structure") at = this.#structure(at);
      else if (this.#inside === "bare") at = this.#bare(at);
      else at = this.#string(at);
    }
    this.#token.goOn(this.#piece);
    this.#value.goOn(this.#piece);
    this.#placeAt(piece.length);
  }

  /** Ends the document. */
  finish(): void {
    this.#piece = Buffer.alloc(0);
    this.#passed = 0;
    if (this.#inside === "bare" && this.#open.depth === 0) this.#endBare(0);
    if (this.#expected === "end" && this.#inside === "structure") return;
    const isString = this.#inside === "string" || this.#inside === "escape";
    const container = this.#open.isObject ? "inside an object" : "inside an array";
    const where = this.#open.depth > 0 ? container : "before its value";
    throw cutOffJson(this.#placeAt(0), isString ? "inside a string" : where);
  }

  #structure(from: number): number {
    let at = from;
    while (at < this.#piece.length && tokens.isBlank(this.#piece[at]!)) at += 1;
    if (at === this.#piece.length) return at;
    const byte = this.#piece[at]!;
    switch (byte) {
      case tokens.COMMA:
        if (this.#expected !== "comma") throw this.#unexpected(at);
        this.#expected = this.#open.isObject ? "key" : "value";
        return at + 1;
      case tokens.COLON:
        if (this.#expected !== "colon") throw this.#unexpected(at);
        this.#expected = "value";
        return at + 1;
      case tokens.CLOSE_ARRAY:
      case tokens.CLOSE_OBJECT:
        this.#endContainer(at, byte === tokens.CLOSE_OBJECT);
        return at + 1;
      case tokens.OPEN_ARRAY:
      case tokens.OPEN_OBJECT:
        this.#beginContainer(at, byte === tokens.OPEN_OBJECT);
        return at + 1;
      case tokens.QUOTE:
        this.#beginString(at);
        return at + 1;
      default:
        this.#beginValue("scalar", at);
        this.#bareAt = this.#placeAt(at);
        this.#inside = "bare";
        this.#token.begin(at);
        return at;
    }
  }

  #beginContainer(at: number, isObject: boolean): void {
    const isEntered = this.#beginValue(isObject ? "object" : "array", at);
    if (!this.#open.push(isObject, isEntered)) {
      throw brokenJson(this.#placeAt(at), `more than ${this.#open.depth} levels are open`);
    }
    this.#expected = isObject ? "first-key" : "first-value";
  }

  #endContainer(at: number, isObject: boolean): void {
    const isReady = this.#expected === "comma" || this.#expected.startsWith("first-");
    if (this.#open.depth === 0 || !isReady || this.#open.isObject !== isObject) {
      throw this.#unexpected(at);
    }
    if (this.#open.pop()) this.#visitor.end?.();
    this.#endValue(at + 1);
  }

  #beginString(at: number): void {
    this.#isKey = this.#expected === "key" || this.#expected === "first-key";
    if (!this.#isKey) this.#beginValue("scalar", at);
    else if (this.#open.entered) this.#token.begin(at);
    this.#inside = "string";
  }

  #string(from: number): number {
    const { length } = this.#piece;
    let at = this.#inside === "escape" ? from + 1 : from;
    this.#inside = "string";
    while (at < length) {
      const byte = this.#piece[at]!;
      at += 1;
      if (byte === tokens.QUOTE) {
        this.#endString(at);
        return at;
      }
      if (byte === tokens.BACKSLASH) {
        if (at === length) this.#inside = "escape";
        at += 1;
      }
    }
    return length;
  }

  #endString(end: number): void {
    this.#inside = "structure";
    if (!this.#isKey) {
      this.#endValue(end);
      return;
    }
    this.#expected = "colon";
    if (!this.#open.entered) return;
    const { bytes, isTooLong } = this.#token.end(this.#piece, end);
    const key = isTooLong ? null : tokens.keyOf(bytes.toString("utf8"));
    if (key === null) throw brokenJson(this.#placeAt(end), "the key before it is no valid string");
    this.#open.entered.key = key;
  }

  #bare(from: number): number {
    let at = from;
    while (at < this.#piece.length && !tokens.isDelimiter(this.#piece[at]!)) at += 1;
    if (at < this.#piece.length) this.#endBare(at);
    return at;
  }

  #endBare(end: number): void {
    const { bytes, isTooLong } = this.#token.end(this.#piece, end);
    const fault = isTooLong ? "a number is too long" : tokens.faultOf(bytes.toString("utf8"));
    if (fault !== null) throw brokenJson(this.#bareAt, fault);
    this.#inside = "structure";
    this.#endValue(end);
  }

  /** Whether the value is entered. */
  #beginValue(kind: ValueKind, at: number): boolean {
    if (this.#expected === "end") throw severalDocuments(this.#placeAt(at));
    if (this.#expected !== "value" && this.#expected !== "first-value") throw this.#unexpected(at);
    const parent = this.#open.entered;
    if (!parent && this.#open.depth > 0) return false;
    const place = this.#placeAt(at);
    const decision = this.#visitor.begin(kind, parent?.nextKey() ?? null, place);
    if (decision === "take") {
      this.#taking = { kind, place, depth: this.#open.depth };
      this.#value.begin(at);
    }
    return decision === "enter";
  }

  #endValue(end: number): void {
    const { depth } = this.#open;
    this.#expected = depth === 0 ? "end" : "comma";
    if (this.#taking?.depth !== depth) return;
    const { kind, place } = this.#taking;
    this.#taking = null;
    this.#visitor.taken({ kind, place, ...this.#value.end(this.#piece, end) });
  }

  #placeAt(at: number): Place {
    this.#places.pass(this.#piece, this.#passed, at);
    this.#passed = at;
    return this.#places.place;
  }

  #unexpected(at: number): Error {
    const found = JSON.stringify(this.#piece.toString("latin1", at, at + 1));
    return brokenJson(this.#placeAt(at), `found ${found}, expected ${this.#wanted()}`);
  }

  #wanted(): string {
    const close = this.#open.isObject ? '"}"' : '"]"';
    const wanted: Record<Expected, string> = {
      value: "a value",
      "first-value": `a value or ${close}`,
      key: "a key in double quotes",
      "first-key": `a key in double quotes or ${close}`,
      colon: '":"',
      comma: `"," or ${close}`,
      end: "the end of the file",
    };
    return wanted[this.#expected];
  }
}
