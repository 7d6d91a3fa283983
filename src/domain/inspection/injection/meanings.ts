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

/** No English word is written like it. */
export const FOREIGN = 1 << 0;
/** The one that a program serves. */
export const USER = 1 << 1;
/** Personal data that nobody asks of a stranger, and such that any letter asks for. */
export const INTIMATE = 1 << 2;
export const CONTACT = 1 << 3;
/** Imagine, suppose, a hypothetical scenario. */
export const FRAME = 1 << 4;
/** What "we" might say. */
export const SAYS = 1 << 5;
/** Reversed, in verse, in another alphabet. */
export const DISGUISE = 1 << 6;
/** What forms do with a password. */
export const FORM = 1 << 7;
export const MUST = 1 << 8;
export const ENTER = 1 << 9;
export const FREE = 1 << 10;
export const RESULT = 1 << 11;
export const ALL = 1 << 12;
/** Means something together with the next word. */
export const HEAD = 1 << 13;
export const PARTS = 1 << 14;
export const SENDS = 1 << 15;
export const DATA = 1 << 16;
export const TELLS = 1 << 17;
export const HARM = 1 << 18;
export const PASSING = 1 << 19;
