import { INDONESIAN, TAGALOG, VIETNAMESE } from "./austral.ts";
import { ARABIC, GREEK, POLISH, RUSSIAN, TURKISH } from "./eastern.ts";
import { DUTCH, GERMAN, SWEDISH } from "./germanic.ts";
import { CHINESE, JAPANESE, KOREAN, THAI } from "./ideographic.ts";
import { BENGALI, HINDI } from "./indic.ts";
import { FRENCH, ITALIAN, PORTUGUESE, SPANISH } from "./romance.ts";
import { CZECH, UKRAINIAN } from "./slavic.ts";
import type { Tongue } from "./tongue.ts";

/** Every language but English that orders are read in. */
export const TONGUES: readonly Tongue[] = [
  ARABIC,
  BENGALI,
  CHINESE,
  CZECH,
  DUTCH,
  FRENCH,
  GERMAN,
  GREEK,
  HINDI,
  INDONESIAN,
  ITALIAN,
  JAPANESE,
  KOREAN,
  POLISH,
  PORTUGUESE,
  RUSSIAN,
  SPANISH,
  SWEDISH,
  TAGALOG,
  THAI,
  TURKISH,
  UKRAINIAN,
  VIETNAMESE,
];
