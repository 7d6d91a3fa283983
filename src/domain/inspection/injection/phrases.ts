import type { Evidence } from "./evidence.ts";

/** Scripts that are written without spaces, or that put endings to every word: whole phrases. */
const PHRASES: readonly { readonly shape: RegExp; readonly kind: string; readonly tier: "T1" | "T2" }[] = [
  // Chinese
  {
    shape:
      /(?:忽略|忘记|忘掉|无视|忽視|无需理会|不要理会|不要遵循)[^。!?\n]{0,14}(?:指令|指示|说明|規則|规则|提示|命令|要求|一切|所有内容)|(?:忽略|忘记|无视)(?:掉)?(?:以上|上面|之前|前面|先前)/g,
    kind: "override",
    tier: "T1",
  },
  {
    shape: /(?:告诉我|给我|分享|透露|说出|(?:提供|确认)(?:你|您|系统|我们))[^。!?\n]{0,16}(?:密码|密钥|口令|通行码)/g,
    kind: "secret-request",
    tier: "T2",
  },
  {
    shape: /(?:密码|密钥|口令|通行码)(?:是什么|是多少|是啥|[^。!?\n]{0,12}(?:告诉我|给我|分享))/g,
    kind: "secret-request",
    tier: "T2",
  },
  // Japanese
  {
    shape:
      /(?:以前|前|上記|上|これまで|今まで|すべて|全て|先ほど|あなた)の?[^。!?\n]{0,8}(?:指示|命令|指令|ルール|規則|説明|言われた)[^。!?\n]{0,16}(?:無視|忘れ)/g,
    kind: "override",
    tier: "T1",
  },
  {
    shape:
      /(?:パスワード|パスフレーズ|パスコード|秘密の?鍵|秘密キー)[^。!?\n]{0,22}(?:教えて|何です|何でし|何か|共有|言って)/g,
    kind: "secret-request",
    tier: "T2",
  },
  // Korean
  {
    shape: /(?:이전|앞|위|모든|지금까지|당신)[^.!?\n]{0,10}(?:지시|지침|명령|설명|규칙|말한)[^.!?\n]{0,16}(?:무시|잊)/g,
    kind: "override",
    tier: "T1",
  },
  {
    shape: /(?:비밀번호|암호|패스워드|비밀 ?키)[^.!?\n]{0,24}(?:알려|무엇|뭐|뭔가|공유|말해|말씀|줄 수)/g,
    kind: "secret-request",
    tier: "T2",
  },
  // Thai
  {
    shape: /(?:ละเว้น|ละเลย|เพิกเฉย|ไม่สนใจ|ลืม)[^.!?\n]{0,20}(?:คำแนะนำ|คําแนะนํา|คำสั่ง|คําสั่ง|กฎ)/g,
    kind: "override",
    tier: "T1",
  },
  {
    shape: /(?:บอก|แบ่งปัน|ยืนยัน|แชร์|ให้|ขอ|เขียน)[^.!?\n]{0,24}รหัสผ่าน|รหัสผ่าน[^.!?\n]{0,24}(?:คืออะไร|ได้ไหม|ได้หรือไม่|หรือไม่)/g,
    kind: "secret-request",
    tier: "T2",
  },
];

const WITHOUT_SPACES = /[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]/;
const WHY = {
  override: "The text tells its reader to set aside the instructions that it has.",
  "secret-request": "The text asks its reader to give away a password or another secret.",
} as Readonly<Record<string, string>>;

/** Orders to a model in Chinese, Japanese, Korean and Thai. */
export function phrases(text: string): Evidence[] {
  if (!WITHOUT_SPACES.test(text)) return [];
  const found: Evidence[] = [];
  for (const { shape, kind, tier } of PHRASES) {
    shape.lastIndex = 0;
    const match = shape.exec(text);
    if (match === null) continue;
    const span = { start: match.index, end: match.index + match[0].length };
    found.push({ kind, tier, ...span, confidence: tier === "T1" ? 0.85 : 0.6, why: WHY[kind] as string });
  }
  return found;
}
