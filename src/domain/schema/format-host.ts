import { fromPunycode, isIdnLabel, isRightToLeft, toPunycode } from "./idna.ts";

/** `IPv4address` of RFC 3986, section 3.2.2: four decimal octets without leading zeros. */
export function isIpv4(text: string): boolean {
  if (text.length > 15) return false;
  const octets = text.split(".");
  return octets.length === 4 && octets.every((octet) => /^(?:0|[1-9][0-9]{0,2})$/.test(octet) && Number(octet) <= 255);
}

/** An address of RFC 4291, section 2.2, without zone or prefix. */
export function isIpv6(text: string): boolean {
  if (text.length > 45) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [index, half] of halves.entries()) {
    if (half === "") {
      if (halves.length === 1) return false;
      continue;
    }
    const parts = half.split(":");
    for (const [place, part] of parts.entries()) {
      const isLast = index === halves.length - 1 && place === parts.length - 1;
      if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups++;
      else if (isLast && isIpv4(part)) groups += 2;
      else return false;
    }
  }
  return halves.length === 1 ? groups === 8 : groups < 8;
}

/** RFC 1123, section 2.1; labels that start with `xn--` must be A-labels of RFC 5890. */
export function isHostname(text: string): boolean {
  return text.length <= 253 && text.split(".").every(isLabel);
}

/** RFC 5890, section 2.3.2.3. */
export function isIdnHostname(text: string): boolean {
  // In ASCII no longer than 253 octets; each of these characters stands for at least one.
  if (text.length > 253) return false;
  const labels = text.split(/[.。．｡]/);
  const plain = labels.map((label) => (isALabel(label) ? fromPunycode(label.slice(4)) : label));
  const rightToLeft = plain.some((label) => label !== undefined && isRightToLeft(label));
  let length = labels.length - 1;
  for (const label of labels) {
    if (isAscii(label)) {
      if (!isLabel(label) || (rightToLeft && /^[0-9]/.test(label))) return false;
      length += label.length;
    } else {
      // Each character takes at least one octet behind the xn--.
      if ([...label].length > 59) return false;
      const encoded = isIdnLabel(label, rightToLeft) ? toPunycode(label) : undefined;
      if (encoded === undefined || encoded.length + 4 > 63) return false;
      length += encoded.length + 4;
    }
  }
  return length <= 253;
}

const isAscii = (text: string) => !/[^\0-\x7f]/.test(text);
const isALabel = (label: string) => /^xn--/i.test(label);

function isLabel(label: string): boolean {
  if (label.length > 63 || !/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label)) return false;
  if (!isALabel(label)) return true;
  const plain = fromPunycode(label.slice(4).toLowerCase());
  if (plain === undefined || isAscii(plain) || toPunycode(plain) !== label.slice(4).toLowerCase()) return false;
  return isIdnLabel(plain, false);
}

/** `Mailbox` of RFC 5321, section 4.1.2. */
export function isEmail(text: string): boolean {
  return isMailbox(
    text,
    /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+$/,
    /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"$/,
    isHostname,
  );
}

/** `Mailbox` of RFC 6531, section 3.3: with UTF-8 beyond ASCII. */
export function isIdnEmail(text: string): boolean {
  // A label need not be normalised here (RFC 6531 leaves that to the receiving system).
  const isDomain = (domain: string) => isIdnHostname(domain.normalize("NFC"));
  return isMailbox(text, /^[^\0-\x20\x7f"(),:;<>@[\\\]]+$/, /^"(?:[^\0-\x1f\x7f"\\]|\\[\x20-\x7e])*"$/, isDomain);
}

function isMailbox(text: string, atoms: RegExp, quoted: RegExp, isDomain: (text: string) => boolean): boolean {
  // RFC 5321, section 4.5.3.1: 64 octets before the @ and 255 after it.
  if (text.length > 320) return false;
  const at = text.lastIndexOf("@");
  const local = text.slice(0, Math.max(0, at));
  const domain = text.slice(at + 1);
  if (at < 1 || new TextEncoder().encode(local).length > 64) return false;
  const isDotted = atoms.test(local) && !local.startsWith(".") && !local.endsWith(".") && !local.includes("..");
  if (!isDotted && !quoted.test(local)) return false;
  if (!domain.startsWith("[")) return isDomain(domain);
  const literal = domain.endsWith("]") ? domain.slice(1, -1) : "";
  return isIpv4(literal) || (/^IPv6:/i.test(literal) && isIpv6(literal.slice(5)));
}
