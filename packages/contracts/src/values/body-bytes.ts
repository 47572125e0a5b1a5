/** The most bytes of JSON bodies, by what is in them. */
export const BODY_BYTES = {
  /** Names, numbers and choices. */
  plain: 64 * 2 ** 10,
  /** A list of a thousand class names, or of numbers of ten thousand classes, or a thousand reviews. */
  classes: 2 ** 20,
  /** A list of up to a hundred thousand names. */
  aliases: 2 * 2 ** 20,
} as const;
