/**
 * Letters of other scripts that look like a Latin one in common typefaces (the part of UTS #39 that is used to disguise
 * English words). Each row: the look-alikes, then the letters that they stand for, in the same order.
 */
const ROWS: readonly (readonly [string, string])[] = [
  // Cyrillic
  ["асԁеһіјӏорԛѕѵԝхуґтк", "acdehijlopqsvwxyrtk"],
  ["АВСЕНІЈКМОРЅТХУԌԚԜҮ", "ABCEHIJKMOPSTXYGQWY"],
  // Greek
  ["αγεικνορτυωχ", "ayeiknoptuwx"],
  ["ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"],
  // Armenian
  ["ցհոօզսԱՕՍՏ", "ghnoquUOUS"],
  // Cherokee
  ["ᎠᎡᎢᎪᎫᎬᎳᎷᎻᏀᏃᏎᏒᏔᏕᏙᏚᏞᏟᏢᏦᏴ", "DRTAJEWMHGZ4RWSVSLCPKB"],
  // Latin letters that only phoneticians write: small capitals, alpha, dotless i, script g
  ["ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢɑɡɩʋⅰ", "abcdefghijklmnopqrstuvwyzagivi"],
];

/** The Latin letter that one UTF-16 unit looks like, both as units. */
export const LOOK_ALIKES: ReadonlyMap<number, number> = new Map(
  ROWS.flatMap(([from, to]) => Array.from(from, (char, i): [number, number] => [char.charCodeAt(0), to.charCodeAt(i)])),
);
