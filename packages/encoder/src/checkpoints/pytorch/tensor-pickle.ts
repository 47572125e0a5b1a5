import {
  Global,
  isKnown,
  type Pickled,
  PickleFault,
  rebuilt,
  storageOf,
} from "./pickled-tensor.js";

const MARK = Symbol("mark");

/**
 * Reads one pickle of tensors (protocols 2 to 5) from `start`: dictionaries, lists, numbers, strings,
 * and the few names by which PyTorch rebuilds a tensor. A pickle is a program; of its instructions
 * only those are known here that build data, and nothing is ever imported or called. Throws
 * PickleFault for anything else.
 */
export function readTensorPickle(bytes: Uint8Array, start = 0): { value: Pickled; end: number } {
  return new Reader(bytes, start).read();
}

class Reader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #stack: Pickled[] = [];
  readonly #memo = new Map<number, Pickled>();

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  read(): { value: Pickled; end: number } {
    for (;;) {
      const code = this.#number(1);
      if (code === 0x2e) return { value: this.#pop(), end: this.#at }; // STOP
      const run = this.#instructions[code];
      if (run === undefined) {
        const name = `0x${code.toString(16)} at byte ${this.#at - 1}`;
        throw new PickleFault(`its instruction ${name} is none that tensors need`);
      }
      run();
    }
  }

  /** What each instruction does, by its code. */
  readonly #instructions: Record<number, () => void> = {
    128: () => this.#protocol(this.#number(1)), // PROTO
    149: () => this.#take(8), // FRAME
    40: () => this.#push(MARK), // MARK
    78: () => this.#push(null), // NONE
    136: () => this.#push(true), // NEWTRUE
    137: () => this.#push(false), // NEWFALSE
    75: () => this.#push(this.#number(1)), // BININT1
    77: () => this.#push(this.#number(2)), // BININT2
    74: () => this.#push(this.#number(4) | 0), // BININT
    138: () => this.#push(this.#long(this.#number(1))), // LONG1
    71: () => this.#push(this.#float()), // BINFLOAT
    140: () => this.#push(this.#text(this.#number(1))), // SHORT_BINUNICODE
    88: () => this.#push(this.#text(this.#number(4))), // BINUNICODE
    125: () => this.#push(new Map()), // EMPTY_DICT
    93: () => this.#push([]), // EMPTY_LIST
    41: () => this.#push([]), // EMPTY_TUPLE
    133: () => this.#push(this.#popped(1)), // TUPLE1
    134: () => this.#push(this.#popped(2)), // TUPLE2
    135: () => this.#push(this.#popped(3)), // TUPLE3
    116: () => this.#push(this.#popMarked()), // TUPLE
    97: () => this.#append(this.#popped(1)), // APPEND
    101: () => this.#append(this.#popMarked()), // APPENDS
    115: () => this.#setItems(this.#popped(2)), // SETITEM
    117: () => this.#setItems(this.#popMarked()), // SETITEMS
    113: () => this.#remember(this.#number(1)), // BINPUT
    114: () => this.#remember(this.#number(4)), // LONG_BINPUT
    148: () => this.#remember(this.#memo.size), // MEMOIZE
    104: () => this.#recall(this.#number(1)), // BINGET
    106: () => this.#recall(this.#number(4)), // LONG_BINGET
    99: () => this.#global([this.#line(), this.#line()]), // GLOBAL
    147: () => this.#global(this.#popped(2)), // STACK_GLOBAL
    82: () => this.#reduce(this.#popped(2)), // REDUCE
    98: () => this.#build(this.#popped(2)), // BUILD
    81: () => this.#push(storageOf(this.#pop())), // BINPERSID
  };

  #protocol(protocol: number): void {
    if (protocol > 5) throw new PickleFault(`it is of protocol ${protocol}`);
  }

  #global([module, name]: readonly Pickled[]): void {
    const whole = `${String(module)}.${String(name)}`;
    if (typeof module !== "string" || typeof name !== "string" || !isKnown(whole))
      throw new PickleFault(`it names ${printable(whole)}, which is no tensor`);
    this.#push(new Global(whole));
  }

  #reduce([callee, given]: readonly Pickled[]): void {
    this.#push(rebuilt(callee, given));
  }

  /** Of the attributes of a dictionary of weights no tensor depends. */
  #build([target, state]: readonly Pickled[]): void {
    if (!(target instanceof Map) || !(state instanceof Map))
      throw new PickleFault("it sets the state of something that is no dictionary");
    this.#push(target);
  }

  #append(items: readonly Pickled[]): void {
    const list = this.#stack.at(-1);
    if (!Array.isArray(list)) throw new PickleFault("it appends to something that is no list");
    for (const item of items) list.push(item);
  }

  #setItems(items: readonly Pickled[]): void {
    const target = this.#stack.at(-1);
    if (!(target instanceof Map) || items.length % 2 !== 0)
      throw new PickleFault("it sets items of something that is no dictionary");
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  }

  #remember(place: number): void {
    if (this.#stack.length === 0) this.#cut();
    this.#memo.set(place, this.#stack.at(-1));
  }

  #recall(place: number): void {
    if (!this.#memo.has(place)) throw new PickleFault(`it recalls ${place}, which it never stored`);
    this.#push(this.#memo.get(place));
  }

  #push(value: Pickled): void {
    this.#stack.push(value);
  }

  #pop(): Pickled {
    return this.#popped(1)[0];
  }

  #popped(count: number): Pickled[] {
    if (this.#stack.length < count || this.#stack.slice(-count).includes(MARK))
      throw new PickleFault("it takes more from its stack than is there");
    return this.#stack.splice(-count);
  }

  #popMarked(): Pickled[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) throw new PickleFault("it takes more from its stack than is there");
    const items = this.#stack.splice(at);
    items.shift();
    return items;
  }

  /** A little-endian signed integer; a larger one than JavaScript's is no size of a tensor. */
  #long(length: number): number | bigint {
    if (length > 16) throw new PickleFault("it holds an integer of more than 16 bytes");
    let value = 0n;
    const bytes = this.#take(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    const signed = BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  #float(): number {
    const bytes = this.#take(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
  }

  #text(length: number): string {
    return new TextDecoder().decode(this.#take(length));
  }

  /** A line of ASCII, as old protocols write names. */
  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) this.#cut();
    const text = this.#text(end - this.#at);
    this.#at++;
    return text;
  }

  #number(width: 1 | 2 | 4): number {
    const bytes = this.#take(width);
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = value * 256 + bytes[i]!;
    return value;
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) this.#cut();
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }

  #cut(): never {
    throw new PickleFault("it ends in the middle of an instruction");
  }
}

const printable = (name: string): string => JSON.stringify(name.slice(0, 80)).slice(1, -1);
