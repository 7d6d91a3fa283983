/** Marks that a value can have, as bits. */
const TEMPLATING = 1;
const MEMBERS = 2;
const BRACKETED = 4;
/** Beyond ASCII. */
const WIDE = 8;
const MARK_BITS = 4;
/** What each unit of ASCII is: a mark, or a letter in whatever case, each a bit of its own. */
const TRAITS = new Int32Array(128);
for (const [bit, chars] of [
  [TEMPLATING, "$%{"],
  [MEMBERS, ".:(["],
  [BRACKETED, "<[("],
] as const)
  for (const char of chars) TRAITS[char.charCodeAt(0)] = (TRAITS[char.charCodeAt(0)] as number) | bit;
for (let letter = 0; letter < 26; letter++) TRAITS[65 + letter] = TRAITS[97 + letter] = 1 << (MARK_BITS + letter);

/** The marks and letters that a value has: of most patterns it lacks what each match has to have. */
function traitsOf(value: string): number {
  let traits = 0;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    traits |= unit < 128 ? (TRAITS[unit] as number) : WIDE;
  }
  return traits;
}

const ENV = traitsOf("env");

/** Words that stand where somebody is to put a secret. */
const WORDS =
  /example|sample|dummy|placeholder|change[_-]?me|changeit|replace|redacted|insert|your|xxx|\*\*\*|\.\.\.|todo|fixme|foobar|null|undefined|none|0000000|test[_-]?(?:key|token|secret|pass)|my[_-]?(?:key|token|secret|pass)|_here\b|-here\b/i;

/** A variable or a template instead of a value. */
const TEMPLATE =
  /[$#%@]\{\{?[\w.:\s?|-]{0,80}\}|\$\(|\{\{[\w.$ ]{1,64}\}\}|\{%|<%|%\(|^%[sdv]|^\$[A-Za-z_]|^\{[\w.-]{0,80}\}/;
/** A call or a member of something instead of a value. */
const MEMBER =
  /^(?:process|os|env|secrets?|vars|config|settings|self|this|params|request|req|data|args|options|props|var|local|module|ref|arn|vault|ssm|op|file|https?|sha\d{3})[.:([]|getenv|environ/i;
const BRACKETS = /^(?:<.{0,200}>|\[.{0,200}\]|\(.{0,200}\))$/;

/** Whether a value points to a secret instead of being one. */
export function isReference(value: string): boolean {
  const traits = traitsOf(value);
  return (
    ((traits & TEMPLATING) !== 0 && TEMPLATE.test(value)) ||
    (((traits & MEMBERS) !== 0 || (traits & ENV) === ENV) && MEMBER.test(value)) ||
    ((traits & BRACKETED) !== 0 && BRACKETS.test(value))
  );
}

/** Whether a value holds a word for "put yours here". A long value of many different characters may hold one by chance. */
export function isPlaceholder(value: string): boolean {
  return WORDS.test(value) || isRepetitive(value);
}

const ANY_OTHER = new Uint8Array(128);
for (const char of "xX0*._-#?") ANY_OTHER[char.charCodeAt(0)] = 1;

/** Made of the characters that stand for any others, as in `xxxx-xxxx`, `****` or `0000`, or nearly so. */
export function isRepetitive(value: string): boolean {
  let others = 0;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit > 127 || ANY_OTHER[unit] === 0) others++;
  }
  return value.length - others > value.length * 0.75;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const UUID_LENGTH = 36;

/** A universally unique identifier: seldom a secret, unless its name says so. */
export function isUuid(value: string): boolean {
  return value.length === UUID_LENGTH && UUID.test(value);
}

const FINGERPRINT = /^(?:sha(?:1|224|256|384|512)|md5|h1|blake2b)[-:=]/i;
/** How they begin. */
const FINGERPRINTS = new Uint8Array(128);
for (const char of "smhbSMHB") FINGERPRINTS[char.charCodeAt(0)] = 1;

/** A fingerprint or a version by its own words: integrity values, Git's and other hashes with their name before them. */
export function isFingerprint(value: string): boolean {
  return FINGERPRINTS[value.charCodeAt(0)] === 1 && FINGERPRINT.test(value);
}
