import { ID_PREFIXES, type IdKind } from "@winnow/contracts";
import { v7 } from "uuid";

/** Makes a public id: a prefix and a UUIDv7, so that ids sort by creation time. */
export const newId = (kind: IdKind): string => `${ID_PREFIXES[kind]}_${v7()}`;
