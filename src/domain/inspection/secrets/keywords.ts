/** What a name promises of its value. */
export type Sort = "password" | "secret" | "key" | "weak";

/** Names of a password in letters beyond Latin 1, which most texts have none of: they are looked for apart. */
export const FOREIGN: readonly string[] = [
  "şifre",
  "mật khẩu",
  "пароль",
  "κωδικός",
  "密码",
  "密碼",
  "パスワード",
  "비밀번호",
];

/** The words that make a name a secret's, with what they promise. */
export const KEYWORDS: ReadonlyMap<string, Sort> = new Map<string, Sort>([
  ["password", "password"],
  ["passwd", "password"],
  ["passphrase", "password"],
  ["passwort", "password"],
  ["contraseña", "password"],
  ["kennwort", "password"],
  ["mot de passe", "password"],
  ["senha", "password"],
  ["wachtwoord", "password"],
  // Lösenord: anchors begin in ASCII.
  ["senord", "password"],
  ["senordet", "password"],
  ["adgangskode", "password"],
  ["hasło", "password"],
  ["heslo", "password"],
  ["salasana", "password"],
  ["parola", "password"],
  ["kata sandi", "password"],
  ...FOREIGN.map((name): [string, Sort] => [name, "password"]),
  ["pwd", "password"],
  ["pass", "password"],
  ["secret", "secret"],
  ["token", "secret"],
  ["api_key", "secret"],
  ["api-key", "secret"],
  ["api key", "secret"],
  ["api.key", "secret"],
  ["apikey", "secret"],
  ["access_key", "secret"],
  ["access-key", "secret"],
  ["access key", "secret"],
  ["accesskey", "secret"],
  ["search_key", "secret"],
  ["license_key", "key"],
  ["accountkey", "secret"],
  ["private_key", "secret"],
  ["private-key", "secret"],
  ["private key", "secret"],
  ["privatekey", "secret"],
  ["presharedkey", "secret"],
  ["credential", "secret"],
  ["auth_key", "secret"],
  ["authkey", "secret"],
  ["unseal key", "secret"],
  ["bearer", "secret"],
  ["ssws", "secret"],
  ["creds", "secret"],
  ["salt", "weak"],
  ["key", "key"],
  ["auth", "weak"],
  ["private", "weak"],
  ["access", "weak"],
  ["client", "weak"],
  ["webhook", "weak"],
  ["signature", "weak"],
  ["session", "weak"],
  ["cookie", "weak"],
  ["product", "weak"],
  ["_login", "weak"],
  [".login", "weak"],
  ["_pw", "weak"],
  ["_pat", "weak"],
]);

/** Names that hold such a word and are public, or point at something. */
export const PUBLIC_KEY =
  /(?:encrypted|wrapped|sealed|public|publishable|pub|site|primary|foreign|partition|sort|cache|next|page|continuation|sync|idempotency|object|row|column|shortcut|hot|group|dedupe|translation|storage|localstorage|registry|host|map|dict|json|sub|issue|project|lookup|item|event|query|react|natural|unique|composite|routing|ordering|s3|answer|menu|translate|i18n|locale|message|index|search|max|min|num|input|output|prompt|completion|total|stop|eos|bos|pad|special|csrf|xsrf|nextpage|meta|data|state|registrykey|arrow|enter|tab|object)[_. -]?$/i;
/** The same for tokens: cursors of pages, counts, marks of a model's text. */
export const PUBLIC_TOKEN =
  /(?:next|page|continuation|sync|csrf|xsrf|max|min|num|total|stop|eos|bos|pad|special|input|output|prompt|completion|cancellation|design|cancel)[_. -]?$/i;
/** What makes a name one of a property or a place of the secret. */
export const POINTING_AFTER =
  /^s?[_. -]?(?:id|ids|identifier|name|names|url|uri|file|filename|filepath|path|dir|length|len|size|type|count|version|field|fields|label|ref|policy|expire|expires|expiry|expiration|ttl|regex|pattern|header|prefix|suffix|title|endpoint|limit|usage|budget|rotation|manager|store|provider|class|hash|digest|fingerprint|algorithm|alg|format|index|kind|status|description|desc|hint|placeholder|text|event|info|map|word|words|board|code|press|down|up|space|frame|ring|stone|arn|scope|lifetime|created|updated|date|time|at|issuer|audience|exchange|validity|izer|ize|ized|ization|isation|less|list|set|sets|spec|config|settings|enabled|required|strength|reset|page|based|points?)(?![a-z])/i;
