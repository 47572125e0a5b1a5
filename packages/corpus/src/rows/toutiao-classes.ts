/** The 15 classes in the order of the two-field form's k; 105 and 111 do not exist. */
const CLASSES: readonly [code: number, name: string][] = [
  [100, "news_story"],
  [101, "news_culture"],
  [102, "news_entertainment"],
  [103, "news_sports"],
  [104, "news_finance"],
  [106, "news_house"],
  [107, "news_car"],
  [108, "news_edu"],
  [109, "news_tech"],
  [110, "news_military"],
  [112, "news_travel"],
  [113, "news_world"],
  [114, "news_stock"],
  [115, "news_agriculture"],
  [116, "news_game"],
];

/** The names of the 15 Toutiao classes, in the order of the two-field form's k = 0..14. */
export const toutiaoClassNames: readonly string[] = CLASSES.map(([, name]) => name);

const NAME_OF_CODE = new Map(CLASSES.map(([code, name]) => [String(code), name]));

/** The name of the class with a code; undefined for other codes. */
export const toutiaoNameOf = (code: string): string | undefined => NAME_OF_CODE.get(code);

const CODE_OF_NAME = new Map(CLASSES.map(([code, name]) => [name, String(code)]));

/** The code of one of the 15 classes; null for other names. */
export const toutiaoCodeOf = (name: string): string | null => CODE_OF_NAME.get(name) ?? null;
