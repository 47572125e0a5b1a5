import { describe, expect, it } from "vitest";
import { decodeText } from "../bytes/decoding.js";
import { guessEncoding } from "./guess-encoding.js";

const TEXTS = {
  German: `Die Lieferung kam drei Tage zu spät und die Verpackung war völlig zerstört.
Für den günstigen Preis ist das Gerät überraschend gut verarbeitet.
Ich würde dieses Produkt jederzeit wieder kaufen, es gefällt mir sehr.
Leider hörte der Motor nach zwei Wochen auf zu laufen; größte Enttäuschung.`,
  French: `Le produit est arrivé cassé et le vendeur refuse de me rembourser.
Très déçu par la qualité, ça ne vaut pas le prix demandé.
Un film magnifique, les acteurs sont à la hauteur du récit.`,
  Spanish: `El niño pequeño comió una manzana en el jardín de mañana.
¿Cuándo llegará mi pedido? Llevo más de dos semanas esperando.
Está muy bien de precio y el envío fue rapidísimo.`,
  Portuguese: `A entrega não chegou até hoje e ninguém responde às mensagens.
A bateria não dura nem três horas, péssima compra.`,
  Swedish: `Jag är väldigt nöjd med köpet, fungerar över förväntan.
Dålig kvalitet, gick sönder efter två dagar på sjön.`,
  "English with typographic marks": `It’s a great movie – one of the best “thrillers” so far.
I paid £20 for this; the café next door isn’t any better…`,
  "simplified Chinese": `这个手机的电池很好，一天只需要充一次电。
快递太慢了，等了两个星期才收到货。
质量太差，用了几天就坏了，不推荐购买。`,
  "traditional Chinese": `這個手機的電池很好，一天只需要充一次電。
快遞太慢了，等了兩個星期才收到貨。
品質太差，用了幾天就壞了，不推薦購買。`,
  Japanese: `この商品はとても使いやすくて気に入っています。
配送が遅すぎて、届くまでに二週間もかかりました。
昨日の試合で日本代表は二対一で勝利した。`,
  Korean: `이 제품은 정말 사용하기 편하고 마음에 듭니다.
배송이 너무 늦어서 받는 데 이주일이나 걸렸어요.
며칠 만에 고장이 나서 추천하지 않습니다.`,
  Russian: `Доставка была очень быстрой, товар пришёл в хорошем состоянии.
Ужасное качество, сломалось через два дня.
Фильм скучный и затянутый, никому не рекомендую.`,
  Greek: `Το προϊόν έφτασε γρήγορα και ήταν σε άριστη κατάσταση.
Πολύ κακή ποιότητα, χάλασε σε δύο μέρες.`,
} as const;

type Language = keyof typeof TEXTS;

/** Node encodes only UTF-8 and UTF-16: the table of another encoding is read off its decoder. */
const tables = new Map<string, Map<string, Buffer>>();
function encode(text: string, encoding: string): Buffer {
  if (encoding === "utf-8") return Buffer.from(text);
  if (encoding === "utf-16le") return Buffer.from(text, "utf16le");
  if (encoding === "utf-16be") return Buffer.from(text, "utf16le").swap16();
  const table = tables.get(encoding) ?? tableOf(encoding);
  tables.set(encoding, table);
  return Buffer.concat(
    [...text].map((character) => {
      const bytes = table.get(character);
      if (!bytes) throw new Error(`${encoding} has no ${character}`);
      return bytes;
    }),
  );
}

function tableOf(encoding: string): Map<string, Buffer> {
  const table = new Map<string, Buffer>();
  const add = (bytes: Buffer) => {
    const text = decodeText(bytes, encoding);
    if ([...text].length === 1 && text !== "\ufffd" && !table.has(text)) table.set(text, bytes);
  };
  for (let byte = 0; byte < 256; byte += 1) add(Buffer.from([byte]));
  for (let lead = 0x81; lead < 0xff; lead += 1) {
    for (let trail = 0x40; trail < 0xff; trail += 1) add(Buffer.from([lead, trail]));
  }
  return table;
}

const CASES: [Language, encoding: string][] = [
  ...(Object.keys(TEXTS) as Language[]).flatMap((language): [Language, string][] => [
    [language, "utf-8"],
    [language, "utf-16le"],
    [language, "utf-16be"],
  ]),
  ["German", "windows-1252"],
  ["French", "windows-1252"],
  ["Spanish", "windows-1252"],
  ["Portuguese", "windows-1252"],
  ["Swedish", "windows-1252"],
  ["English with typographic marks", "windows-1252"],
  ["German", "ibm850"],
  ["German", "macintosh"],
  ["simplified Chinese", "gb18030"],
  ["traditional Chinese", "gb18030"],
  ["traditional Chinese", "big5"],
  ["Japanese", "shift_jis"],
  ["Japanese", "euc-jp"],
  ["Korean", "euc-kr"],
  ["Russian", "windows-1251"],
  ["Russian", "koi8-r"],
  ["Greek", "iso-8859-7"],
];

describe("guessEncoding", () => {
  it.each(CASES)("%s in %s", (language, encoding) => {
    const [first] = guessEncoding(encode(TEXTS[language], encoding));
    expect(first?.encoding).toBe(encoding);
    expect(first?.confidence).toBeGreaterThan(0.6);
  });

  it.each(CASES)("%s in %s, a single line among English ones", (language, encoding) => {
    const [line = ""] = TEXTS[language].split("\n");
    const english = Array.from({ length: 60 }, (_, i) => `plain english text ${i},neg`).join("\n");
    const file = `text,label\n${english}\n${line.replaceAll(",", "")},pos\n`;
    expect(guessEncoding(encode(file, encoding))[0]?.encoding).toBe(encoding);
  });

  it.each([
    ["好,1\n差,0\n", "gb18030"],
    ["体育,1\n财经,2\n", "gb18030"],
    ["很好,1\n很差,0\n", "big5"],
    ["좋아요,1\n싫어요,0\n", "euc-kr"],
    ["良い,1\n悪い,0\n", "shift_jis"],
    ["schön,1\nübel,0\n", "windows-1252"],
    ["Grün,1\nrot,0\n", "windows-1252"],
    ["für\n", "windows-1252"],
  ])("a few characters are enough: %j in %s", (text, encoding) => {
    expect(guessEncoding(encode(text, encoding))[0]?.encoding).toBe(encoding);
  });

  it("a few broken lines among many of UTF-8 leave the file UTF-8", () => {
    const lines = Array.from({ length: 20 }, (_, i) => Buffer.from(`schön und gut ${i}\n`));
    const [first] = guessEncoding(Buffer.concat([...lines, encode("schön\n", "windows-1252")]));
    expect(first).toMatchObject({ encoding: "utf-8" });
  });

  it("the less it is sure, the more it says of the others", () => {
    const guesses = guessEncoding(encode("ÄÖÜ,1\nÖ,0\n", "windows-1252"));
    expect(guesses.map(({ encoding }) => encoding)).toContain("windows-1252");
    expect(guesses.length).toBeGreaterThan(1);
  });
});
