/** What a column can hold. */
export type Role = "text" | "label" | "id" | "trueLabel";

/**
 * Common names of columns by role, in the languages that our users' files come in: English, Chinese,
 * German, French, Spanish, Japanese, Korean, Russian. A name in two lists (a "Bewertung" is a text
 * or a rating) leaves the decision to what the column holds.
 */
const NAMES: Readonly<Record<Role, string>> = {
  text: `text texts txt title sentence sentences content contents headline question body document doc
    review reviews comment comments tweet tweets message messages msg sms post article query
    utterance description abstract summary passage paragraph input prompt statement snippet news
    mail email feedback caption transcript phrase premise sentence1 text1 raw_text word words term
    文本 内容 评论 标题 正文 句子 文章 新闻 微博 问题 留言 短信 摘要 描述 原文 全文 弹幕 评价
    評論 內容 標題 新聞 問題 簡訊 評價
    satz inhalt kommentar nachricht beitrag rezension bewertung titel frage beschreibung artikel
    überschrift anfrage eingabe
    texte phrase contenu commentaire avis titre critique
    texto frase oración contenido comentario reseña mensaje título pregunta descripción artículo
    opinión noticia
    テキスト 本文 文章 文 内容 コメント レビュー タイトル 見出し 質問 記事 説明 ツイート 発話 投稿
    텍스트 본문 문장 내용 댓글 리뷰 제목 질문 기사 설명 글 메시지 의견 발화
    текст предложение содержание комментарий отзыв сообщение заголовок вопрос описание статья
    новость твит`,
  label: `label labels class classes category categories target targets sentiment tag tags topic
    topics intent emotion polarity stars rating type genre given y output cat annotation stance
    spam is_spam toxic hate subject score overall
    标签 类别 分类 类型 类目 情感 情绪 主题 意图 话题 栏目 频道 极性 倾向 评分 星级 评价
    標籤 類別 分類 類型 情緒 主題 意圖 話題 評分 評價
    klasse kategorie etikett thema stimmung absicht bewertung typ rubrik
    étiquette classe catégorie thème sujet intention note
    etiqueta clase categoría tema sentimiento intención tipo puntuación
    ラベル クラス カテゴリ カテゴリー 分類 感情 種別 種類 トピック 意図 タグ 評価 ジャンル
    라벨 레이블 클래스 카테고리 분류 감정 감성 주제 유형 의도 태그 평가 평점
    метка класс категория тема тональность рубрика тег тип намерение эмоция оценка`,
  id: `id _id uid guid uuid idx index key no nr number row rowid unnamed
    编号 序号 編號 序號 号 nummer kennung identifiant numéro identificador número
    番号 識別子 번호 아이디 식별자 номер идентификатор ид`,
  trueLabel: `true_label truelabel truth gt gold gold_label clean_label true ground_truth groundtruth
    correct_label 真实标签 正确标签 真實標籤 正確標籤 正解ラベル 正解 정답`,
};

/** The nouns that follow what they describe: a "label_text" is a label's name, a "text_id" an id. */
const LABEL_PARTS = new Set(["label", "labels", "class", "category", "sentiment", "intent"]);

const RANKS: ReadonlyMap<Role, ReadonlyMap<string, number>> = new Map(
  (Object.keys(NAMES) as Role[]).map((role) => {
    const names = NAMES[role].split(/\s+/).map(plainName);
    return [role, new Map(names.map((name, i) => [name, i] as const).reverse())];
  }),
);

/**
 * How much a column's name says that it holds this role, from 0 to 1: the usual names say most, and
 * the first of them more; a name that ends in one ("tweet_text", "Class Index") says less.
 */
export function nameStrength(name: string, role: Role): number {
  const ranks = RANKS.get(role)!;
  const plain = plainName(name);
  const rank = ranks.get(plain);
  if (rank !== undefined) return 1 - 0.3 * (rank / ranks.size);
  const parts = plain.split("_").filter((part) => part !== "" && !/^\d+$/.test(part));
  if (parts.length < 2) return ranks.has(parts[0] ?? "") ? 0.6 : strengthOfWord(plain, role);
  const last = parts.at(-1)!;
  const ofLabel = LABEL_PARTS.has(parts[0]!) && ["text", "index", "name", "id"].includes(last);
  if (ofLabel) return role === "label" ? 0.6 : 0;
  if (role === "id") return last === "id" ? 0.3 : 0;
  if (ranks.has(last)) return 0.6;
  return role === "text" ? 0 : ranks.has(parts[0]!) && role === "label" ? 0.2 : 0;
}

/** Chinese, Japanese and Korean compounds end in the noun, too: 评论内容, 情感标签. */
function strengthOfWord(name: string, role: Role): number {
  if (
    role === "id" ||
    !/^[\p{Script=Han}\p{Script=Hangul}\p{Script=Katakana}\u30fc]+$/u.test(name)
  ) {
    return 0;
  }
  for (let at = 1; at < name.length - 1; at += 1) {
    if (RANKS.get(role)?.has(name.slice(at))) return 0.6;
  }
  return 0;
}

/** Lower case, without marks, blanks and case changes as underscores. */
export function plainName(name: string): string {
  return name
    .normalize("NFKC")
    .trim()
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1_$2")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_")
    .replaceAll(/(?<=.)_+$/g, "");
}
