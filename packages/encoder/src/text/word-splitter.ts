/**
 * BERT's basic splitting: drops control characters, makes each CJK character and punctuation mark a
 * word, and splits on white space. With `lowerCase` it lower-cases the text and strips accents
 * (NFD, then drops category Mn).
 */
export function splitWords(text: string, lowerCase: boolean): string[] {
  const words: string[] = [];
  let word = "";
  const end = (): void => {
    if (word !== "") words.push(word);
    word = "";
  };
  for (const character of lowerCase ? text.toLowerCase().normalize("NFD") : text) {
    switch (classOf(character)) {
      case "dropped":
        break;
      case "mark":
        if (!lowerCase) word += character;
        break;
      case "space":
        end();
        break;
      case "alone":
        end();
        words.push(character);
        break;
      default:
        word += character;
    }
  }
  end();
  return words;
}

/**
 * Whether the character is in one of the CJK ideograph blocks that BERT separates; kana and hangul
 * are not.
 */
export function isCjk(code: number): boolean {
  return (
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x20000 && code <= 0x2a6df) ||
    (code >= 0x2a700 && code <= 0x2b73f) ||
    (code >= 0x2b740 && code <= 0x2b81f) ||
    (code >= 0x2b820 && code <= 0x2ceaf) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x2f800 && code <= 0x2fa1f)
  );
}

type CharacterClass = "letter" | "alone" | "space" | "mark" | "dropped";

// Classes by character: texts repeat the same few thousand characters.
const classes = new Map<string, CharacterClass>();

function classOf(character: string): CharacterClass {
  let found = classes.get(character);
  if (found === undefined) {
    found = classify(character);
    classes.set(character, found);
  }
  return found;
}

function classify(character: string): CharacterClass {
  const code = character.codePointAt(0)!;
  if (/^[\p{Zs}\t\n\r]$/u.test(character)) return "space";
  if (code === 0 || code === 0xfffd || /^[\p{Cc}\p{Cf}\p{Cs}]$/u.test(character)) return "dropped";
  if (isCjk(code) || isPunctuation(character, code)) return "alone";
  return /^\p{Mn}$/u.test(character) ? "mark" : "letter";
}

function isPunctuation(character: string, code: number): boolean {
  const asciiSymbol =
    (code >= 33 && code <= 47) ||
    (code >= 58 && code <= 64) ||
    (code >= 91 && code <= 96) ||
    (code >= 123 && code <= 126);
  return asciiSymbol || /^\p{P}$/u.test(character);
}
