/** Of a body whose length is not known, the quota is looked at again after so many bytes. */
const STEP_BYTES = 2 ** 20;

/** Throws unless so many bytes are within the quota beside those stored and those arriving. */
type AssertRoom = (bytes: number, arriving: number) => Promise<void>;

/**
 * Bytes of bodies that are still arriving, by owner. They count against its quota, so that two uploads
 * which fit only alone are not both received to their ends. What is stored at last is decided, over
 * all processes, where the row is written.
 */
export class ReservedBytes {
  readonly #of = new Map<string, number>();

  /** Reserves the declared length, or at least a byte. Throws what `assertRoom` throws. */
  async reserve(owner: string, declared: number, assertRoom: AssertRoom): Promise<Reservation> {
    const reservation = new Reservation(assertRoom, (more) => this.#add(owner, more));
    try {
      await reservation.grow(Math.max(1, declared));
    } catch (error) {
      reservation.release();
      throw error;
    }
    return reservation;
  }

  /** Adds to what is reserved, and returns what others have reserved beside it. */
  #add(owner: string, more: number): number {
    const before = this.#of.get(owner) ?? 0;
    if (before + more > 0) this.#of.set(owner, before + more);
    else this.#of.delete(owner);
    return before;
  }
}

/** What one body has reserved. */
export class Reservation {
  #reserved = 0;
  #unchecked = 0;

  constructor(
    readonly assertRoom: AssertRoom,
    readonly add: (more: number) => number,
  ) {}

  async grow(more: number): Promise<void> {
    const before = this.add(more);
    this.#reserved += more;
    this.#unchecked += more;
    const isFirst = this.#reserved === more;
    if (!isFirst && this.#unchecked < STEP_BYTES) return;
    this.#unchecked = 0;
    await this.assertRoom(more, before);
  }

  /** Passes the chunks on, and reserves more where they are longer than what was declared. */
  async *counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      if (bytes > this.#reserved) await this.grow(bytes - this.#reserved);
      yield chunk;
    }
  }

  release(): void {
    this.add(-this.#reserved);
    this.#reserved = 0;
  }
}
