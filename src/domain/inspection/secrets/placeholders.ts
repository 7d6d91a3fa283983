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
  return TEMPLATE.test(value) || MEMBER.test(value) || BRACKETS.test(value);
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

/** A universally unique identifier: seldom a secret, unless its name says so. */
export function isUuid(value: string): boolean {
  return UUID.test(value);
}

/** A fingerprint or a version by its own words: integrity values, Git's and other hashes with their name before them. */
export function isFingerprint(value: string): boolean {
  return /^(?:sha(?:1|224|256|384|512)|md5|h1|blake2b)[-:=]/i.test(value);
}
