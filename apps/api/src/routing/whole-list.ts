import type { Page } from "@winnow/contracts";

/** A list that always fits one page. */
export const wholeList = <T>(data: T[]): Page<T> => ({ data, hasMore: false, nextCursor: null });
