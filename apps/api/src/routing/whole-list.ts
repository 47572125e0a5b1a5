import type { Page } from "@winnow/contracts";

/** A list that is never longer than one page. */
export const wholeList = <T>(data: T[]): Page<T> => ({ data, hasMore: false, nextCursor: null });
