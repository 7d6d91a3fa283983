const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 (ISO 3309) of an ASCII text. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) crc = (CRC[(crc ^ text.charCodeAt(i)) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The six base62 digits that GitHub and npm put at the end of a token: the CRC-32 of the random part. */
export function base62Checksum(random: string): string {
  let value = crc32(random);
  let digits = "";
  for (let i = 0; i < 6; i++) {
    digits = BASE62.charAt(value % 62) + digits;
    value = Math.floor(value / 62);
  }
  return digits;
}

/** Whether `prefix_` + 30 random characters + checksum holds (GitHub and npm, 2021). */
export function hasBase62Checksum(token: string): boolean {
  const random = token.slice(token.indexOf("_") + 1);
  return random.length === 36 && base62Checksum(random.slice(0, 30)) === random.slice(30);
}
