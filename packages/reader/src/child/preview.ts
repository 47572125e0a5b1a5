import { type NamedPreview, namedPreview, previewCorpus } from "@winnow/corpus";
import type { PreviewTask } from "../messages/messages.js";
import type { Source } from "./source.js";

/** The start of a file, as an ingest would read it. */
export async function readPreview(source: Source, { options }: PreviewTask): Promise<NamedPreview> {
  const preview = await previewCorpus(source.open, { ...options, randomAccess: source.anywhere });
  return namedPreview(preview);
}
