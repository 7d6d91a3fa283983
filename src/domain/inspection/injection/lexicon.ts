/** What a word can mean in an instruction to a model; a word may have several. */
export const OVERRIDE = 1 << 0;
export const INSTRUCTION = 1 << 1;
export const RULE = 1 << 2;
export const PRIOR = 1 << 3;
export const YOU = 1 << 4;
export const ME = 1 << 5;
export const AGENT = 1 << 6;
export const REVEAL = 1 << 7;
export const SECRET = 1 << 8;
export const SEND = 1 << 9;
export const SENSITIVE = 1 << 10;
export const PERSON = 1 << 11;
export const CALL = 1 << 12;
export const APPROVE = 1 << 13;
export const NOT = 1 << 14;
export const OBEY = 1 << 15;
export const PRETEND = 1 << 16;
export const UNBOUND = 1 << 17;
export const MODE = 1 << 18;
export const META = 1 << 19;
export const GENERATE = 1 << 20;
export const HARMFUL = 1 << 21;
export const TEXT = 1 << 22;
export const ONLY = 1 << 23;
export const ASK = 1 << 24;
export const OTHERS = 1 << 25;
export const WHAT = 1 << 26;
export const AUTHORITY = 1 << 27;
export const SOURCE = 1 << 28;
export const HIDDEN = 1 << 29;
export const ANCHOR = 1 << 30;
/** A word of instructions that was moved through the alphabet. */
export const ROTATED = 1 << 31;

/**
 * The words of each meaning, without accents where the script is Latin; a star stands for any ending. English first, then
 * German, French, Spanish, Portuguese, Italian, Dutch, Polish, Turkish, Indonesian, Tagalog, Vietnamese, Russian,
 * Arabic, Hindi, Bengali, Greek. Scripts that are written without spaces are in phrases.ts.
 */
const WORDS: readonly (readonly [number, string])[] = [
  [OVERRIDE, "ignore disregard forget override bypass neglect overlook discard dismiss nevermind abandon"],
  [
    OVERRIDE,
    "ignorier* ignoriere vergiss vergessen missachte* ignorez oubliez oublie oublier ignora ignorar olvida olvide",
  ],
  [
    OVERRIDE,
    "olvidar omite esqueca esquecer esquece ignorare dimentica dimenticare dimenticate ignorate ignori negeer vergeet",
  ],
  [OVERRIDE, "zignoruj zapomnij pomin abaikan lupakan kalimutan balewalain unut unutun unutunuz yoksay quen"],
  [
    OVERRIDE,
    "игнориру* проигнориру* забуд* تجاهل تجاهلوا انس انسى تغاضى अनदेख* भूल नजरअंदाज नज़रअंदाज* उपेक्षा উপেক্ষা ভুলে αγνόησε αγνοήστε ξέχνα ξεχάστε",
  ],
  [INSTRUCTION, "instruction instructions prompt prompts directions directive directives orders guidelines"],
  [
    INSTRUCTION,
    "anweisung* befehle instruktion* consigne consignes directives instrucciones instruccion indicaciones ordenes",
  ],
  [
    INSTRUCTION,
    "instrucoes instrucao istruzioni istruzione instructies instrukcj* polecen* talimat* instruksi petunjuk tagubilin",
  ],
  [INSTRUCTION, "инструкци* указани* التعليمات تعليمات تعليماتك निर्देश* निर्देशों নির্দেশ* οδηγίες"],
  [
    RULE,
    "rule rules policy policies restriction restrictions constraint constraints context task tasks training programming",
  ],
  [
    RULE,
    "information conversation commands limitations safeguards guardrails message messages told order regeln regles reglas regras regole правил* القواعد",
  ],
  [
    PRIOR,
    "previous previously prior above earlier preceding preceeding former existing original initial everything everthing anything",
  ],
  [
    PRIOR,
    "all any every vorherig* bisherig* obig* alle precedent* anterieur* toutes tout tous anterior anteriores previas previos",
  ],
  [
    PRIOR,
    "todas todo todos tudo precedenti precedente tutte tutto vorige eerdere poprzedni* onceki yukaridaki tum sebelumnya semua naunang lahat truoc",
  ],
  [PRIOR, "предыдущ* прошл* прежн* все السابقة السابق كل قبل पिछल* सभी पूर्व पहले আগের পূর্ববর্তী সমস্ত προηγούμενες"],
  [
    PRIOR,
    "oben obige dessus arriba acima sopra yukaridakileri yukariyi atas itaas tren выше أعلاه ऊपर উপরে উপরের παραπάνω",
  ],
  [
    GENERATE,
    "schreib ecrivez redigez escriba escribir escreva escrever scrivi scrivere schrijf napisz напиши напишите اكتب लिखें लिखो লিখুন tulis tuliskan",
  ],
  [
    REVEAL,
    "indiquez indique indica indicare angeben anzugeben dame dammi diz digam fala mostre укажите назовите اذكر قل أعطني कहें লিখুন",
  ],
  [
    SOURCE,
    "funcao tabela tabla tableau tabelle curriculo curriculum cv lebenslauf articulo artigo articolo documento dokument таблиц* резюме статью",
  ],
  [OVERRIDE, "olvidate dimenticati забей"],
  [PRIOR, "antes"],
  [SECRET, "clave claves"],
  [REVEAL, "describe hand surrender"],
  [GENERATE, "encrypt reverse"],
  [PERSON, "city residence"],
  [
    YOU,
    "you your yours yourself youre dein deine deinen deiner ihr ihre ihren sie du ton ta tes votre vos vous tu tus su sus",
  ],
  [
    YOU,
    "usted seu sua seus voce suo sua tuo tua vostro lei jouw uw twoje twoj senin sizin kamu anda mu iyong mo ban cua",
  ],
  [
    YOU,
    "ты вы твой твоя ваш ваша вас вам тебя вашего твои твоего مفتاحك आप आपका आपकी आपके अपना अपनी तुम्हारा আপনার আপনি তোমার σου σας",
  ],
  [ME, "me us mir uns moi nous mi mim minha nos akin bana bize saya kami toi мне нам لي معي मुझे मेरे আমাকে আমার μου"],
  [
    AGENT,
    "assistant assistants ai model llm chatbot agent agents bot gpt chatgpt claude gemini copilot ki ia assistent asistente assistente",
  ],
  [
    REVEAL,
    "reveal print repeat output show display disclose expose leak divulge dump tell give share confirm provide list state say recite",
  ],
  [
    REVEAL,
    "respond reply answer spell echo sage sag nenne verrate gib geben teile teilen bestatige bestatigen zeige dites dis donne donnez",
  ],
  [
    REVEAL,
    "donner partagez partager partage confirmer confirmez revele fournir dime di diga muestra revela comparte compartir comparta confirma confirme",
  ],
  [
    REVEAL,
    "confirmar proporcionar decir dar diga dizer compartilhe compartilhar revele fornecer dimmi dire condividi condividere confermare fornire dare dici",
  ],
  [
    REVEAL,
    "rivela soyle soyler soyleyebilir paylas* onayla* verebilir ver verin bagikan berikan beri tahu katakan memberikan membagikan konfirmasi",
  ],
  [
    REVEAL,
    "sabihin ibahagi ibigay kumpirmahin biet chia xac скажи* сообщи* подтверд* раскрой* назов* поделит* поделитесь дай* дать предостав*",
  ],
  [
    REVEAL,
    "أخبرني تخبرني مشاركة تأكيد شارك تشارك تقديم اكشف बता* बताएं बताओ साझा पुष्टि दें प्रदान বলুন বলতে শেয়ার নিশ্চিত দিন",
  ],
  [
    SECRET,
    "password passwords passcode passphrase credential credentials secret secrets canary passwort kennwort zugangsdaten contrasena contrasenas",
  ],
  [
    SECRET,
    "senha senhas parola sifre* wachtwoord haslo sandi sifreyi khau пароль пароля пароли паролем المرور पासवर्ड* पासफ्रेज* পাসওয়ার্ড* κωδικό κωδικός গোপন সিক্রেট",
  ],
  [SECRET, "passe"],
  [
    SEND,
    "send email forward post upload transfer exfiltrate transmit submit mail wire deliver export sende schicke leite envoyez envoie",
  ],
  [
    SEND,
    "transferez envia envie enviar reenvia invia inviare inoltra verstuur wyslij gonder gonderin kirim kirimkan ipadala отправь* перешли* أرسل भेज* পাঠান",
  ],
  [
    SENSITIVE,
    "customer customers confidential private internal credentials credential passwords password secrets secret tokens keys database",
  ],
  [
    SENSITIVE,
    "conversation history records payroll salary salaries employee employees personal sensitive ssn inbox contents donnees datos daten",
  ],
  [SENSITIVE, "dati dados данные البيانات wallet funds env attacker evil external account accounts transaction money"],
  [
    PERSON,
    "address birthday birth birthdate balance bank ssn initials residence phone live lives geburts* wohnt adresse naissance nacimiento",
  ],
  [
    PERSON,
    "nascimento nascita compleanno indirizzo saldo solde dogum adres kelahiran alamat kapanganakan rojdeniya рождени* живет живёт адрес* баланс* الميلاد",
  ],
  [PERSON, "मोबाइल जन्म बैलेंस ইমেল জন্ম ব্যালেন্স ব্যালান্স সামাজিক social sozialversicherung*"],
  [CALL, "call invoke run execute use trigger utilisez rufe ejecuta llama execute"],
  [APPROVE, "approve authorize authorise approval approvals confirmation"],
  [
    NOT,
    "not never dont doesnt without cannot cant avoid refuse nicht niemals jamais nunca не никогда didnt wont shouldnt mustnt isnt",
  ],
  [OBEY, "follow obey listen adhere comply heed consider abide"],
  [
    PRETEND,
    "act acting pretend pretending roleplay simulate simulating behave become immerse persona character impersonate imagine",
  ],
  [
    UNBOUND,
    "dan dans stan jailbreak jailbroken unfiltered uncensored unrestricted unlimited limitless amoral unethical restrictions",
  ],
  [UNBOUND, "filters limits censorship moral ethics guidelines openai anthropic policy policies"],
  [MODE, "mode modus modo"],
  [
    META,
    "injection injections jailbreaks attack attacks attacker malicious adversarial detector detectors detect detection guardrail guardrails",
  ],
  [
    META,
    "vulnerability vulnerabilities example examples phrase phrases payload payloads dataset benchmark corpora corpus quotes quoted literal",
  ],
  [
    META,
    "unsafe untrusted defenses regression fixture fixtures pattern patterns phishing exploit exploits awareness documentation snapshot",
  ],
  [
    META,
    "sample samples threat prompts coverage flag flagged analysts classify refused training guidance beispiel exemple ejemplo",
  ],
  [GENERATE, "write generate create compose produce craft draft formulate make schreibe ecris escribe"],
  [
    HARMFUL,
    "offensive toxic harmful hateful discriminatory negative unfriendly racist sexist violent abusive insulting derogatory untrue false",
  ],
  [HARMFUL, "fake phishing misleading defamatory demeaning rude hurtful biased prejudiced"],
  [
    TEXT,
    "sentence sentences paragraph story essay joke poem headline tweet post email message haiku acrostic article text review",
  ],
  [ONLY, "just only exactly instead verbatim nothing simply"],
  [ASK, "can could would please kindly must should shall need needs"],
  [OTHERS, "i we they he she it who which that ill ive id im were users developers people programs compilers browsers"],
  [
    WHAT,
    "what whats which where was wie wo welches quel quelle quels cual donde qual quale onde dove wat jaki nedir ne nerede apa apakah ano gi какой каков где ما هو هي أين क्या कहाँ कहां কি কী কোথায়",
  ],
  [
    AUTHORITY,
    "developer creator god maintainer administrator admin boss president owner supervisor manager engineer ceo",
  ],
  [
    AUTHORITY,
    "entwickler gott createur dieu developpeur creador dios desarrollador criador deus desenvolvedor creatore dio sviluppatore gelistirici* tanri разработчик* создател* бог",
  ],
  [
    SOURCE,
    "webpage website page document data table function resume article paper text email question rest code content snippet file transcript",
  ],
  [SOURCE, "webseite seite funktion fonction texte pagina funcion funzione страниц* функци* documents summary"],
  [HIDDEN, "system hidden initial internal original secret developer core underlying full entire exact"],
  [GENERATE, "encode translate combine interlace"],
  [REVEAL | ME, "decirme dimelo darme dirmi darmi"],
  [
    ANCHOR,
    "remember memorize memorise memorisez user system human now if when task completed complete override activated following role while load fetch render embed insert open append include mention inform notify alert",
  ],
];

/** Latin letters that NFD does not take apart. */
const SINGLE: Readonly<Record<string, string>> = {
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  ı: "i",
  ß: "s",
  æ: "a",
  œ: "o",
  þ: "t",
};

/** For units up to U+024F and U+1EFF: the letter without its accents. */
const BASE: Uint16Array = Uint16Array.from({ length: 0x1f00 }, (_, unit) => {
  const char = String.fromCharCode(unit);
  if (unit < 0xc0 || (unit > 0x24f && unit < 0x1e00)) return unit;
  return (SINGLE[char] ?? char.normalize("NFD")).charCodeAt(0);
});

/** The letter of one unit as the lexicon has it. */
export const baseOf = (unit: number): number => (unit < 0x1f00 ? (BASE[unit] as number) : unit);

/** One entry: its letters, what it means, and whether other letters may follow. */
export interface Entry {
  readonly letters: string;
  readonly meaning: number;
  readonly open: boolean;
}

/** Letters moved through the alphabet: by 13 (rot13), or by 23 back from a shift of 3 (Caesar). */
export const rotate = (text: string, by: number): string =>
  text.replace(/[a-z]/gi, (char) => {
    const unit = char.charCodeAt(0);
    return String.fromCharCode((((unit & 31) - 1 + by) % 26) + 1 + (unit & 96));
  });

/** How far the rotations are that are turned back. */
export const ROTATIONS: readonly number[] = [13, 23];

const TELLING =
  "instructions instruction previous prompt ignore disregard reveal password secret document assistant forget";

function build(fold: (letters: string) => string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const rotated = ROTATIONS.map((by): [number, string] => [ROTATED, rotate(TELLING, 26 - by)]);
  for (const [meaning, words] of [...WORDS, ...rotated])
    for (const word of words.split(" ")) {
      const open = word.endsWith("*");
      const plain = open ? word.slice(0, -1) : word;
      const letters = fold(Array.from(plain, (char) => String.fromCharCode(baseOf(char.charCodeAt(0)))).join(""));
      const before = entries.get(letters);
      entries.set(letters, { letters, meaning: meaning | (before?.meaning ?? 0), open: open || before?.open === true });
    }
  return entries;
}

/** FNV-1a, continued with one unit. */
export const hashed = (hash: number, unit: number): number => Math.imul(hash ^ unit, 0x01000193);
export const HASH_START = 0x811c9dc5 | 0;

/** A table of entries by hash: open addressing in two flat arrays, so that reading costs one load per letter. */
export class Lexicon {
  static readonly SIZE = 1 << 14;
  readonly hashes = new Int32Array(Lexicon.SIZE);
  /** Hashes of the entries that other letters may follow: few, so that a look costs little. */
  readonly open = new Int32Array(Lexicon.SIZE);
  readonly entries: (Entry | undefined)[] = Array.from({ length: Lexicon.SIZE });

  constructor(fold: (letters: string) => string = (letters) => letters) {
    for (const entry of build(fold).values()) {
      let hash = HASH_START;
      for (let i = 0; i < entry.letters.length; i++) hash = hashed(hash, entry.letters.charCodeAt(i));
      let slot = hash & (Lexicon.SIZE - 1);
      while (this.hashes[slot] !== 0) slot = (slot + 1) & (Lexicon.SIZE - 1);
      this.hashes[slot] = hash;
      this.entries[slot] = entry;
      if (entry.open) this.open[hash & (Lexicon.SIZE - 1)] = hash;
    }
  }

  /** The entry with this hash. */
  find(hash: number): Entry | undefined {
    for (let slot = hash & (Lexicon.SIZE - 1); this.hashes[slot] !== 0; slot = (slot + 1) & (Lexicon.SIZE - 1))
      if (this.hashes[slot] === hash) return this.entries[slot];
    return undefined;
  }
}
