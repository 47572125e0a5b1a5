/** The first bytes of a source, at least so many unless it ends before. */
export async function readHead(
  iterator: AsyncIterator<Uint8Array>,
  bytes: number,
): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < bytes) {
    const next = await iterator.next();
    if (next.done) break;
    // Copied where more is read, because the source may reuse its buffer for the next chunk.
    const enough = head.length === 0 && next.value.length >= bytes;
    head = enough ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

/** The first bytes of a source, at least so many unless it ends before; then closes the source. */
export async function peek(source: AsyncIterable<Uint8Array>, bytes: number): Promise<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    return Uint8Array.from(await readHead(iterator, bytes));
  } finally {
    await iterator.return?.();
  }
}

/** The bytes that were read as head, and all after them. */
export async function* chain(
  head: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    yield next.value;
  }
}
