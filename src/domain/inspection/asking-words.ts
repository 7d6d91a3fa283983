import { baseOf } from "./letters.ts";
import { TONGUES } from "./injection/tongues/index.ts";
import { plain } from "./normalise.ts";

/** What names a secret, by language; words stand without accents where the script is Latin. */
const SPACED: readonly string[] = [
  // English.
  String.raw`p[a4@][s5$]{2} ?w[o0]rds?|passwd|passwor[td]e?|pass ?phrases?|pass ?codes?|pass ?keys?|pwd|credentials?`,
  String.raw`(?:api|access|secret|private|ssh|license|recovery|encryption|signing) keys?|api ?keys?|secrets?`,
  String.raw`(?:access|auth(?:entication|orization)?|bearer|refresh|session|api|security) tokens?|key phrases?`,
  String.raw`(?:credit|debit|payment|bank) cards?|card (?:number|no|details|data)|cvv2?|cvc2?|security (?:codes?|questions?)`,
  String.raw`(?:social security|national insurance) numbers?|ssn|one ?time (?:codes?|pass ?(?:words?|codes?)|pins?)|otps?|totp`,
  String.raw`(?:verification|confirmation|authenticat(?:ion|or)|2fa|two factor|mfa|login|log in|sign in|sms|text message|pin|unlock|backup) codes?`,
  String.raw`pin ?(?:codes?|numbers?)|(?:your|the|card|enter|type|give|my) pins?(?! (?:the|this|that|to|it|them|on)\b)`,
  String.raw`(?:codes?|digits) .{0,60}\b(?:sms|text message|texted|authenticator|(?:just )?(?:got|received)|sent (?:to )?you)|numbers? .{0,40}\b(?:sms|texted|authenticator)`,
  String.raw`(?:sms|text message|authenticator app) .{0,40}\b(?:codes?|digits|numbers?)`,
  String.raw`(?:seed|recovery|mnemonic|backup|wallet) (?:phrases?|words?)|mnemonics?|(?:your|the|all) (?:twelve|12|twenty ?four|24) (?:secret |seed |recovery )?words`,
  String.raw`words of (?:your|the) .{0,20}wallet|(?:type|enter|use|need) to (?:log|sign) in|(?:log|sign) in (?:with|data|details)|login (?:data|details)`,
  // German, Dutch, Swedish, Danish, Norwegian.
  String.raw`[\p{L}]{0,20}(?:passwort|passworter|kennwort|kennworter)[\p{L}]{0,8}|zugangsdaten|anmeldedaten|geheimzahl|(?:sms|pin|einmal|bestatigungs|sicherheits|freischalt) ?(?:code|kode|pin)s?|m?tan|kreditkarten?\p{L}{0,10}`,
  String.raw`\p{L}{0,12}wachtwoord(?:en)?|pincode|(?:verificatie|beveiligings|toegangs|sms ?)code|losenord\p{L}{0,6}|\p{L}{0,12}kode ?ord(?:et)?|adgangskode\p{L}{0,4}|passord(?:et)?|(?:engangs|verifierings|sakerhets|pin|bekreftelses|sms ?)(?:kod|kode)\p{L}{0,3}`,
  // French, Spanish, Portuguese, Italian, Romanian.
  String.raw`mots? de passe|mdp|codes? (?:de (?:verification|securite|confirmation|validation|la carte)|secret|confidentiel|pin|sms|recu)|carte (?:bancaire|de credit)|phrase de recuperation`,
  String.raw`contrasenas?|claves? (?:de acceso|secreta|privada)|tu clave|su clave|codigos? (?:de (?:verificacao|verificacion|seguranca|seguridad|confirmacao|confirmacion|acesso|acceso)|secreto|pin|sms)|tarjeta de credito|frase semilla`,
  String.raw`senhas?|palavras? (?:passe|chave|secreta)|cartao de credito|codic[ei] (?:di (?:verifica|sicurezza|conferma|accesso)|segreto|pin|sms|monouso)|carta di credito|parole? d'ordine|parola (?:de acces|ta|dumneavoastra)|(?:introduce\p{L}{0,5}|scrie\p{L}{0,3}|este|noua) parola`,
  // Polish, Czech, Slovak, Hungarian, Finnish, Turkish, Indonesian, Vietnamese.
  String.raw`has(?:lo|la|lem|el)|kod(?:u|em)? (?:pin|sms|weryfikacyj\p{L}{1,4}|jednorazow\p{L}{1,4}|potwierdz\p{L}{1,6})|hesl[oaeu]|jelsz\p{L}{1,6}|salasana\p{L}{0,6}`,
  String.raw`sifre\p{L}{0,8}|parola\p{L}{1,8}|(?:dogrulama|onay|guvenlik|sms) kodu\p{L}{0,4}|kata (?:sandi|kunci)|kode (?:otp|verifikasi|sms|pin)|mat khau|ma (?:otp|pin|xac (?:thuc|minh|nhan))`,
  // Russian, Ukrainian, Bulgarian, Greek.
  String.raw`парол\p{L}{0,4}|пин ?код\p{L}{0,3}|(?:смс ?код|код\p{L}{0,2} (?:из|по) (?:смс|sms)|код\p{L}{0,2} подтверждени\p{L})\p{L}{0,3}|одноразов\p{L}{1,4}|сид ?фраз\p{L}{1,3}|кодов\p{L}{1,3} слов\p{L}{1,3}|κωδικ\p{L}{1,4}`,
];

/** The same in scripts that set no spaces between words, or join particles to them. */
const JOINED =
  /密码|密碼|密钥|密鑰|口令|验证码|驗證碼|校验码|动态码|助记词|助記詞|私钥|私鑰|信用卡|パスワード|暗証番号|認証コード|確認コード|ワンタイム|秘密鍵|シードフレーズ|비밀 ?번호|패스워드|암호|인증 ?번호|인증 ?코드|일회용|시드 ?구문|니모닉|كلمة (?:المرور|مرور|السر)|رمز (?:التحقق|التأكيد)|الرقم السري|पासवर्ड|ओटीपी|পাসওয়ার্ড|ওটিপি|รหัสผ่าน|รหัส ?otp|รหัสยืนยัน|סיסמ[הא]/iu;

/** Words for a password that the lexicon of orders knows; those that often mean something else are left to the lists above. */
const OFTEN_ELSE: ReadonlySet<string> = new Set(["passe", "susi", "clave", "claves", "geheimnis", "parola"]);

function ofTongues(): string {
  const words = TONGUES.flatMap(({ secret }) => secret.split(" ")).filter((word) => !OFTEN_ELSE.has(word));
  return words
    .map((word) => word.replaceAll("+", ""))
    .filter((word) => word.length > 4 && !JOINED.test(word))
    .map((word) => word.replaceAll("_", String.raw` (?:\p{L}{1,3} ){0,2}`).replace("*", String.raw`\p{L}{0,12}`))
    .join("|");
}

const NAMES = new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${[...SPACED, ofTongues()].join("|")})(?![\p{L}\p{N}])`, "iu");

/** The text as words: `apiKey`, `api_key` and `api-key` are `api key`; Latin letters stand without their accents. */
export const asWords = (text: string): string =>
  bare(plain(text).text)
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/[\s_.\-/*|~·•,;:+=]+/g, " ")
    .trim();

const bare = (text: string): string =>
  text.normalize("NFC").replaceAll(/[\u00c0-\u024f\u1e00-\u1eff]/g, (char) => {
    const small = char.toLowerCase();
    return String.fromCharCode(baseOf(small.charCodeAt(0)));
  });

/** Letters one by one: `p a s s w o r d`. */
const SPELLED = /(?<![\p{L}\p{N}])(?:[\p{L}\p{N}@$] ){3,40}[\p{L}\p{N}@$](?![\p{L}\p{N}])/gu;

/** Whether words name a secret: a password, a key, a code that was sent, a card; in the languages that orders are read in. */
export function namesSecret(text: string): boolean {
  const words = asWords(text);
  if (NAMES.test(words) || JOINED.test(words) || /\bPINs?\b/.test(text)) return true;
  const joined = words.replaceAll(SPELLED, (run) => run.replaceAll(" ", ""));
  return joined !== words && (NAMES.test(joined) || JOINED.test(joined));
}
