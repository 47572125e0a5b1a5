/** An event of a `text/event-stream`, as the HTML standard reads it. */
export interface StreamedEvent {
  /** The id that the stream named last; empty before the first. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/**
 * Reads a stream of server-sent events. A comment, and a block without data, comes as null: the
 * stream is alive. Ends with the stream; an event that the end cuts off is left out. `read` may wrap
 * each reading, to give it a deadline.
 */
export async function* readEventStream(
  stream: ReadableStream<Uint8Array>,
  read: <T>(reading: Promise<T>) => Promise<T> = (reading) => reading,
): AsyncGenerator<StreamedEvent | null> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let id = "";
  try {
    for (;;) {
      const { done, value } = await read(reader.read());
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parseBlock(block, id);
        id = event?.id ?? id;
        yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {}); // it may be broken already
  }
}

function parseBlock(block: string, lastId: string): StreamedEvent | null {
  const fields = { id: lastId, event: "message" };
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === "data") data.push(value);
    else if (name === "id" || name === "event") fields[name] = value;
  }
  return data.length === 0 ? null : { id: fields.id, type: fields.event, data: data.join("\n") };
}
