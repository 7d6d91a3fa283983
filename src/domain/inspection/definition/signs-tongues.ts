import { DOTTED, UNDERSCORE } from "./units.ts";

/** A path of keys or credentials, in lower case. */
const KEPT =
  /(?:~|\$home|%userprofile%|\/home\/\w+|\/root)[\\/]\.(?:ssh|aws|gnupg|kube|netrc|npmrc|docker|config)\b|\bid_(?:rsa|ed25519|ecdsa)\b|\.aws[\\/]credentials|(?:^|[\s"'`(])\.(?:env|netrc)\b|\bmcp\.json\b/;

/** "Do not mention it", "without saying so", in lower case and with or without accents. */
const SAYS_NOTHING = new RegExp(
  [
    "\\bno (?:se |lo |la |le |les ){0,2}(?:mencion|dig|inform|revel|avis|cuent|coment)[aeo]",
    "\\bsin (?:que (?:el|la) usuari|mencion|decir|avisar|informar|revelar|comentar)",
    "\\bohne (?:(?:das|es|dies|den|dem|ihn|davon|etwas) )?(?:\\S+ )?zu (?:erw\u00e4hnen|erwaehnen|sagen|informieren|melden|verraten|erz\u00e4hlen)",
    "\\b(?:erw\u00e4hne|erwaehne|sage?|verrate|melde|erz\u00e4hle|teile) (?:\\S+ ){0,3}nicht",
    "\\bnicht (?:erw\u00e4hnen|erwaehnen|verraten|mitteilen|sagen)",
    "\\bsans (?:en |le |la |l')?(?:parler|dire|mentionner|informer|pr\u00e9venir|prevenir|r\u00e9v\u00e9ler|avertir|signaler)",
    "\\bne (?:le |la |lui |en |l')?(?:dis|dites|mentionne|parle|r\u00e9v\u00e8le|signale)",
    "\\bsenza (?:dir|menzion|inform|avvis|rivel|parlar)",
    "\\bnon (?:lo |dirlo|dire |menzion|inform|rivel|parlar|accenn)",
    "\\bsem (?:mencion|diz|avis|inform|contar|revel)",
    "\\bn[\u00e3a]o (?:o |a |lhe )?(?:mencion|diga|informe|conte|avise|revele)",
    "не (?:говори|сообща|упомина|рассказыва|кажи|каж|повідомля|згаду|розповід|раскрыва)",
    "\\bnie (?:m\u00f3w|mow|wspomina|informuj|ujawniaj)",
    "\\bbez (?:informowania|wspominania|m\u00f3wienia|zm\u00ednky|zminky)",
    "\\bne(?:zmi\u0148uj|zminuj|\u0159\u00edkej|rikej|prozrazuj)",
    "\\bzonder (?:het |dit |dat )?(?:te )?(?:vermeld|meld|zeg|vertel)",
    "\\b(?:vermeld|zeg|vertel) (?:\\S+ ){0,3}niet",
    "\\butan att (?:n\u00e4mna|namna|ber\u00e4tta|beratta|s\u00e4ga)",
    "s\u00f6yleme|bahsetme|bildirme|haber verme",
    "(?:不要|别|別|勿|不必|无需|不得|切勿)(?:告诉|告訴|告知|提及|通知|提到|提起|透露|说明)",
    "(?:伝え|知らせ|言わ|教え|触れ|言及し|話さ|明かさ)(?:ない|ず|るな)",
    "(?:알리지|말하지|언급하지|밝히지) ?(?:마|말|않)|(?:알리지|말하지) 않고",
    "لا تخبر|دون إخبار|لا تذكر|دون ذكر|मत बताना|न बताएं|बिना बताए|ห้ามบอก|อย่าบอก|jangan (?:beri|sebut|kata|bilang)|tanpa (?:memberi|menyebut)|đừng (?:nói|cho|nhắc|tiết lộ)|không (?:được )?(?:nói|đề cập|tiết lộ)|μην (?:πεις|αναφέρεις)",
  ].join("|"),
);

/** What a path of keys cannot be without: three letters behind a dot, or behind `id_`. */
const BEHIND_DOT: ReadonlySet<string> = new Set("ssh aws gnu kub net npm doc con env".split(" "));
const BEHIND_ID: ReadonlySet<string> = new Set("rsa ed2 ecd".split(" "));

/** Whether some of these letters stand behind a mark. */
function stands(lower: string, mark: string, letters: ReadonlySet<string>): boolean {
  for (let at = lower.indexOf(mark); at >= 0; at = lower.indexOf(mark, at + 1)) {
    const from = at + mark.length;
    if (lower.charCodeAt(from) > 96 && letters.has(lower.slice(from, from + 3))) return true;
  }
  return false;
}

const mayKeep = (lower: string, holds: number): boolean =>
  ((holds & DOTTED) !== 0 && (stands(lower, ".", BEHIND_DOT) || lower.includes("mcp.json"))) ||
  ((holds & UNDERSCORE) !== 0 && stands(lower, "id_", BEHIND_ID));

/**
 * A path of keys or credentials in a text in another language than English that also asks for silence; undefined where
 * there is none.
 *
 * @param holds the kinds of its units, with `DOTTED`
 */
export function keysInSilence(
  lower: string,
  holds: number,
): { readonly start: number; readonly end: number } | undefined {
  const kept = mayKeep(lower, holds) ? KEPT.exec(lower) : null;
  if (kept === null || !SAYS_NOTHING.test(lower)) return undefined;
  return { start: kept.index, end: kept.index + kept[0].length };
}
