/** Numbered or lettered parts in quotation marks: `part 1 is "…", part 2 is "…"`. */
export const PIECES =
  /(?:(?<!\w)[1\u0661\u0967](?!\w)|(?<![a-z])a(?![a-z]))[^"'\n]{0,14}["'\u00ab][^\n]{2,90}?(?:(?<!\w)[2\u0662\u0968](?!\w)|(?<![a-z])b(?![a-z]))[^"'\n]{0,14}["'\u00ab]/;

export const SPLIT = "The text gives an order in pieces that its reader is to put together.";
