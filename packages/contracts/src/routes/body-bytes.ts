import { BODY_BYTES } from "../values/body-bytes.js";
import type { Route } from "./route.js";

/** The most bytes that the route reads of a JSON body; null for files, which a setting limits. */
export const bodyBytesOf = ({ bytes, maxBodyBytes }: Route): number | null =>
  bytes ? null : (maxBodyBytes ?? BODY_BYTES.plain);
