/** Attacks by guessing: passwords, one-time codes, names. */
import { TOTP } from "otpauth";
import { PROOF } from "../../test/fixtures/administrator.ts";
import { type Attack, type Attempt, denied } from "./table.ts";
import { type Answer, csrfOf, Visitor } from "./visitor.ts";
import type { World } from "./world.ts";

const [ADMINISTRATOR = ""] = PROOF.split("\n");
const SOURCE = "OWASP ASVS 2.2";
const THROTTLED = denied("signin.failed", "page");

/** Tries to sign in with a password. */
async function tryPassword({ base }: World, visitor: Visitor, login: string, password: string): Promise<Answer> {
  const form = await visitor.get(`${base}/sign-in`);
  return visitor.post(`${base}/sign-in/local`, { csrf: csrfOf(form.text), login, password, to: "/me" });
}

/** Makes a local user. The password. */
async function localUser(world: World, login: string): Promise<string> {
  const { code, stdout, stderr } = await world.gateway.grant("users", "create", login, "--role", "engineer", "--json");
  if (code !== 0) throw new Error(`users create ended with ${code}: ${stderr}`);
  // A running gateway follows what commands changed every 200 ms.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return (JSON.parse(stdout) as { password: string }).password;
}

const count = (answers: readonly Answer[], status: number): number =>
  answers.filter((one) => one.status === status).length;

async function guess(world: World, login: string, times: number, visitors: () => Visitor): Promise<Attempt> {
  const answers: Answer[] = [];
  for (let at = 0; at < times; at++) answers.push(await tryPassword(world, visitors(), login, `a guess of mine ${at}`));
  return {
    refused: count(answers, 429) > 0 && answers.every((one) => one.status === 401 || one.status === 429),
    answer: `${count(answers, 401)} tries counted, ${count(answers, 429)} were turned away`,
    record: THROTTLED,
  };
}

/** Waits until the code of this moment is good for at least so many seconds (RFC 6238: a step is 30). */
async function nextStep(seconds: number): Promise<void> {
  const left = 30 - ((Date.now() / 1000) % 30);
  if (left < seconds) await new Promise((resolve) => setTimeout(resolve, left * 1000 + 50));
}

/** A local user with a second factor; the browser is at the question for the code. */
async function atTheCode(
  world: World,
  login: string,
): Promise<{ visitor: Visitor; totp: TOTP; password: string; page: Answer }> {
  const password = await localUser(world, login);
  const first = new Visitor();
  await tryPassword(world, first, login, password);
  const me = `${world.base}/me/second-factor`;
  const prove = await first.get(me);
  await first.post(`${me}/begin`, { csrf: csrfOf(prove.text), password });
  const enrol = await first.get(me);
  const secret = /<code class="secret">([^<]*)</.exec(enrol.text)?.[1]?.replaceAll(" ", "") ?? "";
  const totp = new TOTP({ secret });
  await nextStep(8);
  // The code before this one, so that this one is not used up.
  await first.post(`${me}/confirm`, {
    csrf: csrfOf(enrol.text),
    code: totp.generate({ timestamp: Date.now() - 30_000 }),
  });
  const visitor = new Visitor();
  const page = await tryPassword(world, visitor, login, password);
  if (!page.text.includes('name="code"'))
    throw new Error(`No code was asked for: ${page.status} ${page.next?.pathname ?? ""}`);
  return { visitor, totp, password, page };
}

const sendCode = (world: World, visitor: Visitor, page: Answer, code: string): Promise<Answer> =>
  visitor.post(`${world.base}/sign-in/code`, { csrf: csrfOf(page.text), code });

export const guesses: readonly Attack[] = [
  {
    id: "guess.password",
    source: SOURCE,
    attack: "Fifteen passwords for one person from one address",
    run: async (world) => {
      await localUser(world, "first@example.com");
      const visitor = new Visitor();
      return guess(world, "first@example.com", 15, () => visitor);
    },
  },
  {
    id: "guess.password-many-addresses",
    source: SOURCE,
    attack: "Forty-five passwords for one person, each from another address",
    run: async (world) => {
      await localUser(world, "second@example.com");
      return guess(world, "second@example.com", 45, () => new Visitor());
    },
  },
  {
    id: "guess.parallel",
    source: SOURCE,
    attack: "Sixty passwords for one person at once, each from another address",
    run: async (world) => {
      await localUser(world, "third@example.com");
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, at) => tryPassword(world, new Visitor(), "third@example.com", `guess ${at}`)),
      );
      return {
        refused: count(answers, 401) <= 30 && count(answers, 429) >= 30,
        answer: `${count(answers, 401)} tries counted, ${count(answers, 429)} were turned away`,
        record: THROTTLED,
      };
    },
  },
  {
    id: "guess.spray",
    source: SOURCE,
    attack: "One password for four hundred people from one address",
    run: async (world) => {
      const visitor = new Visitor();
      const answers: Answer[] = [];
      for (let at = 0; at < 400; at += 10) {
        const ten = Array.from({ length: 10 }, (_, next) => `person-${at + next}@example.com`);
        answers.push(...(await Promise.all(ten.map((login) => tryPassword(world, visitor, login, "Summer 2026!")))));
      }
      return {
        refused: count(answers, 429) > 0 && answers.every((one) => one.status === 401 || one.status === 429),
        answer: `${count(answers, 401)} tries counted, ${count(answers, 429)} were turned away`,
        record: THROTTLED,
      };
    },
  },
  {
    id: "guess.names",
    source: SOURCE,
    attack: "Whether a person exists is read from the answer, or from how long it takes",
    run: async (world) => {
      await localUser(world, "known@example.com");
      const times = { "known@example.com": Infinity, "nobody@example.com": Infinity };
      const texts = new Set<string>();
      // In turn and by the fastest, because the machine does other things too.
      for (let at = 0; at < 4; at++)
        for (const login of ["known@example.com", "nobody@example.com"] as const) {
          const visitor = new Visitor();
          const form = await visitor.get(`${world.base}/sign-in`);
          const fields = { csrf: csrfOf(form.text), login, password: "a wrong one", to: "/me" };
          const began = performance.now();
          const answer = await visitor.post(`${world.base}/sign-in/local`, fields);
          times[login] = Math.min(times[login], performance.now() - began);
          const text = answer.text.replaceAll(login, "-").replace(/name="csrf" value="[^"]*"/g, "");
          texts.add(`${answer.status} ${text}`);
        }
      const [known, nobody] = [times["known@example.com"], times["nobody@example.com"]];
      const ratio = known / nobody;
      return {
        refused: texts.size === 1 && ratio > 0.4 && ratio < 2.5,
        answer: `${texts.size === 1 ? "the same answer" : "another answer"}; ${known.toFixed(0)} and ${nobody.toFixed(0)} ms`,
        record: denied("signin.failed"),
      };
    },
  },
  {
    id: "guess.code",
    source: SOURCE,
    attack: "Fifteen one-time codes of somebody whose password is known",
    run: async (world) => {
      const { visitor, page } = await atTheCode(world, "fourth@example.com");
      const answers: Answer[] = [];
      for (let at = 0; at < 15; at++) answers.push(await sendCode(world, visitor, page, String(100_000 + at)));
      return {
        refused: count(answers, 429) > 0 && visitor.cookie(world.base, "cardea") === undefined,
        answer: `${count(answers, 401)} tries counted, ${count(answers, 429)} were turned away`,
        record: THROTTLED,
      };
    },
  },
  {
    id: "guess.code-again",
    source: "RFC 6238, 5.2",
    attack: "A one-time code is used a second time",
    run: async (world) => {
      const { visitor, totp, password, page } = await atTheCode(world, "fifth@example.com");
      const code = totp.generate();
      const first = await sendCode(world, visitor, page, code);
      const thief = new Visitor();
      const asked = await tryPassword(world, thief, "fifth@example.com", password);
      const second = await sendCode(world, thief, asked, code);
      return {
        refused: first.status === 303 && second.status === 401 && thief.cookie(world.base, "cardea") === undefined,
        answer: `first ${first.status}, again ${second.status}`,
        record: denied("signin.failed"),
      };
    },
  },
  {
    id: "guess.without-code",
    source: SOURCE,
    attack: "The question for the code is left out: one's own page is opened after the password alone",
    run: async (world) => {
      const { visitor } = await atTheCode(world, "sixth@example.com");
      const page = await visitor.get(`${world.base}/me`);
      return { refused: page.status !== 200, answer: `${page.status} to ${page.next?.pathname ?? "nowhere"}` };
    },
  },
  {
    id: "guess.claim",
    source: "Cardea, invariant 12",
    attack: "The link of the first administrator is guessed, or used when there is one",
    run: async (world) => {
      const visitor = new Visitor();
      const token = "A".repeat(43);
      const page = await visitor.get(`${world.base}/claim?token=${token}`);
      const form = await visitor.get(`${world.base}/sign-in`);
      const fields = {
        csrf: csrfOf(form.text),
        token,
        login: "mallory@example.com",
        password: "a long password 1",
        repeated: "a long password 1",
      };
      const sent = await visitor.post(`${world.base}/claim`, fields);
      return {
        refused: page.status >= 400 && sent.status >= 400,
        answer: `${page.status}, ${sent.status}`,
        record: denied("page"),
      };
    },
  },
  {
    id: "guess.proof",
    source: "Cardea, invariant 12",
    attack: "The administrator's password is guessed on the command line",
    run: async (world) => {
      const codes = [];
      for (let at = 0; at < 3; at++)
        codes.push(
          (
            await world.gateway.runWith(
              `${ADMINISTRATOR}
guess number ${at}
`,
              ["users", "create", "x@example.com", "--role", "engineer", "--proof-stdin"],
            )
          ).code,
        );
      return {
        refused: codes.every((code) => code === 2),
        answer: `exit codes ${codes.join(", ")}`,
        record: denied("admin.refused", "signin.failed"),
      };
    },
  },
];
