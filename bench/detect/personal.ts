import { findPersonal } from "../../src/domain/inspection/personal/index.ts";
import { plain } from "../../src/domain/inspection/normalise.ts";
import { seenPart, timed } from "./secrets.ts";
import { type CorpusRow, type Goal, judge, type Measure, readRows, Tally } from "./section.ts";

/** Categories of `presidio_recognizers` that have a check or a plan; the others are shown, and are no goal. */
const CHECKED: Readonly<Record<string, RegExp>> = {
  card: /^credit_card$/,
  iban: /^iban$/,
  email: /^email$/,
  ip: /^ip$/,
  ssn: /^us_(?:ssn|itin)$/,
  phone: /^(?:phone|ph_mobile_number|tr_phone_number)$/,
  national:
    /^(?:aba_routing|au_(?:abn|acn|medicare|tfn)|ca_sin|de_(?:health_insurance|id_card|lanr|social_security|tax_id|vat_id)|es_ni[ef]|fi_personal.*|in_aadhaar|it_(?:fiscal_code|vat_code)|kr_rrn|kr_frn|pl_pesel|se_.*|sg_fin|th_tnin|tr_national_id|uk_nhs|uk_nino|us_npi|us_mbi|za_id_number)$/,
  wallet: /^crypto$/,
};

/** Spans of `presidio_synth` by the same names. */
const SPANS: Readonly<Record<string, string>> = {
  CREDIT_CARD: "card",
  IBAN_CODE: "iban",
  EMAIL_ADDRESS: "email",
  IP_ADDRESS: "ip",
  US_SSN: "ssn",
  PHONE_NUMBER: "phone",
};

interface Labelled {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const groupOf = ({ category, label }: CorpusRow) => {
  const kind = Object.keys(CHECKED).find((name) => CHECKED[name]?.test(category ?? "")) ?? "unchecked";
  return label === 1 ? kind : "not it";
};

/** Personal data that are found where they are labelled, and in files, results and tools. */
export const measurePersonal: Measure = (corpora) => {
  const tally = new Tally();
  const absent: string[] = [];
  const rowsOf = (source: string, file: string): CorpusRow[] => {
    const rows = readRows(corpora, source, `${file}.jsonl`);
    if (rows === undefined) absent.push(`${source}/${file}`);
    return rows ?? [];
  };
  for (const row of rowsOf("presidio_recognizers", "cases"))
    tally.add("presidio_recognizers", seenPart(row.id), groupOf(row), findPersonal(plain(row.text ?? "")).length > 0);
  for (const row of rowsOf("phone_numbers", "cases")) {
    const group = row.label === 1 ? "phone" : row.label === 0 ? "not it" : "optional";
    tally.add("phone_numbers", seenPart(row.id), group, findPersonal(plain(row.text ?? "")).length > 0);
  }
  for (const row of rowsOf("presidio_synth", "generated_large")) {
    const found = findPersonal(plain(row.text ?? ""));
    const labelled = (row.meta?.["spans"] ?? []) as readonly Labelled[];
    for (const { type, start, end } of labelled) {
      const kind = SPANS[type];
      const hit = found.some((finding) => finding.start < end && finding.end > start);
      if (kind !== undefined) tally.add("presidio_synth", seenPart(row.id), kind, hit);
    }
  }
  for (const [source, file] of [
    ["benign_repo_files", "cases"],
    ["livemcpbench_outputs", "cases"],
    ["benign_tools", "tools"],
  ] as const)
    for (const row of rowsOf(source, file)) {
      const made = plain(row.text ?? JSON.stringify(row["tool"]));
      const { us, answer } = timed(() => findPersonal(made));
      const part = seenPart(row.id);
      tally.add(source, part, "any kind", answer.length > 0, us, made.text.length);
      // E-mail addresses, public addresses and phone numbers in these rows are somebody's; the checked numbers are not.
      const numbers = answer.some(({ kind }) => !/^(?:email|ip-address|phone)$/.test(kind));
      tally.add(source, part, "numbers", numbers);
    }
  return { name: "personal data", lines: tally.lines(), goals: goalsOf(tally), absent };
};

function goalsOf(tally: Tally): Goal[] {
  const percent = (chosen: (source: string, group: string) => boolean) => tally.percent("measure", chosen);
  return [
    // The three wallets of the corpora are all in the part for work.
    ...Object.keys(CHECKED)
      .filter((kind) => kind !== "wallet")
      .map((kind) =>
        judge(
          `${kind} found`,
          percent((_, group) => group === kind),
          { atLeast: 95 },
        ),
      ),
    judge(
      "files and results with numbers that are nobody's",
      percent((source, group) => group === "numbers" && source !== "benign_tools"),
      { atMost: 0.5 },
    ),
    judge(
      "tools flagged",
      percent((source, group) => source === "benign_tools" && group === "any kind"),
      { atMost: 0 },
    ),
    judge("µs per KB of personal data", tally.usPerKb(), { atMost: 20 }),
  ];
}
