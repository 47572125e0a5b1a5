import { AppError } from "@winnow/contracts";
import { longestExternalId, type Store } from "@winnow/store";
import type { Turns } from "../access/limiter.js";

/** numpy pads every id to the longest: at this length a million rows are 4 GB. */
const MOST_CHARACTERS = 1024;

/**
 * How many code points an array of the dataset's own ids gives each, at least 1; null if no row has
 * an id. Throws `ids-too-long`, and `overloaded`: it reads as much as a download.
 */
export async function idCharacters(
  { store, downloads }: { readonly store: Store; readonly downloads: Turns },
  datasetId: string,
): Promise<number | null> {
  const release = downloads.acquire();
  try {
    const longest = await longestExternalId(store, datasetId);
    if (longest === null) return null;
    if (longest <= MOST_CHARACTERS) return Math.max(1, longest);
    throw new AppError(
      "ids-too-long",
      `The longest id of the dataset has ${longest} characters; an array of ids holds up to ` +
        `${MOST_CHARACTERS} each, because numpy pads every id to the longest.`,
    );
  } finally {
    release();
  }
}
