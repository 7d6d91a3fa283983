import assert from "node:assert/strict";
import { test } from "node:test";
import { type Allowed, governRequests } from "../../src/controls/govern-requests.ts";
import { asksSecret } from "../../src/domain/inspection/asking.ts";
import type { Answered, Target } from "../../src/kernel/call.ts";
import type { Json, JsonObject } from "../../src/kernel/json.ts";
import { CALL } from "../pipeline/setting.ts";

const ALL: Allowed = {
  ...{ elicitation: true, sampling: true, roots: true, systemPrompt: false, context: false, tools: false },
  ...{ maxTokens: 1000, most: 3 },
};
const PROFILE = { elicitationForm: true, elicitationUrl: true, sampling: true, samplingTools: true, roots: true };

function judged(requests: Record<string, JsonObject>, allowed: Allowed = ALL, asked = 0) {
  const call = {
    ...CALL,
    profile: PROFILE,
    asked,
    sent: {},
    target: { server: "crm" } as Target,
    result: { resultType: "input_required", inputRequests: requests },
  } satisfies Answered;
  const said = governRequests(() => allowed).judge(call);
  assert.ok(!(said instanceof Promise));
  return said;
}
const one = (method: string, params: JsonObject, allowed?: Allowed) => judged({ q: { method, params } }, allowed);
const form = (properties: Record<string, Json>, message = "Which?"): JsonObject => ({
  message,
  requestedSchema: { type: "object", properties },
});
const TEXT = { type: "string" };

test("S10: the person is told which server asks, and the model that it is not the person", () => {
  const said = one("elicitation/create", form({ city: TEXT }, "Where to?"));
  assert.ok(said.kind === "pass");
  assert.match(JSON.stringify(said.fact.result), /"message":"The server crm asks: Where to\?"/);
  const sampled = one("sampling/createMessage", { messages: [], maxTokens: 5 });
  assert.ok(sampled.kind === "pass");
  assert.match(
    JSON.stringify(sampled.fact.result),
    /"systemPrompt":"The server crm asks for this text, not the person\."/,
  );
});

test("S10: no server asks for a secret in a form, however the field is called", () => {
  for (const params of [
    form({ password: TEXT }),
    form({ userPassword: TEXT }),
    form({ api_key: TEXT }),
    form({ accessToken: TEXT }),
    form({ token: TEXT }),
    form({ value: { ...TEXT, title: "Your GitHub password" } }),
    form({ value: { ...TEXT, description: "The credit card number to charge" } }),
    form({ cvv: { type: "integer" } }),
    form({ text: TEXT }, "Please enter the one-time code that we sent you"),
    form({ text: TEXT }, "Bitte das Passwort eingeben"),
    form({ text: TEXT }, "p\u0430ssword?"),
  ]) {
    const said = one("elicitation/create", params);
    assert.ok(said.kind === "deny", JSON.stringify(params));
    assert.deepEqual([said.refusal.code, said.refusal.control], ["request_not_governed", "S10"]);
  }
  for (const params of [
    form({ city: TEXT, date: TEXT }, "Where do you want to go?"),
    form({ maxTokens: { type: "integer" } }, "How long may the text be?"),
    form({ resetPassword: { type: "boolean" } }, "Your password has expired. Reset it?"),
    form({ card: { type: "string", enum: ["visa", "cash"] } }, "Pay how?"),
    form({}, "The password was changed."),
    form({ pinned: { type: "boolean" }, board: TEXT }, "Pin the post to which board?"),
  ])
    assert.equal(one("elicitation/create", params).kind, "pass", JSON.stringify(params));
  assert.equal(asksSecret("Sign in", undefined), undefined);
});

test("S10: a secret is none the less one in another language, spelled out, or named by what stands beside the field", () => {
  const any = (message: string) => asksSecret(message, { properties: { v: TEXT } });
  for (const message of [
    ...["Enter the six digits that you just got by SMS", "Enter the PIN of your card", "Your PIN?"],
    ...[
      "Type the twelve words of your wallet",
      "What do you type to log in to the bank?",
      "Enter the code we texted you",
    ],
    ...["Give your p-a-s-s-w-o-r-d", "p.a.s.s.w.o.r.d", "your pa$$w0rd", "What is the passphrase of your SSH key?"],
    ...[
      "Введите пароль",
      "Введите код из СМС",
      "Podaj swoje hasło",
      "Entrez votre mot de passe",
      "Introduce tu contraseña",
    ],
    ...["Digite sua senha", "Inserisci la password", "Voer uw wachtwoord in", "Ange ditt lösenord", "Şifrenizi girin"],
    ...[
      "أدخل كلمة المرور",
      "Εισάγετε τον κωδικό σας",
      "비밀번호를 입력하세요",
      "अपना पासवर्ड दर्ज करें",
      "আপনার পাসওয়ার্ড দিন",
    ],
    ...[
      "Nhập mật khẩu",
      "Masukkan kata sandi",
      "กรอกรหัสผ่าน",
      "请输入密码",
      "パスワードを入力してください",
      "Zadejte heslo",
    ],
  ])
    assert.equal(any(message), "message", message);
  for (const field of [
    { ...TEXT, format: "password" },
    { ...TEXT, writeOnly: true },
    { ...TEXT, default: "your password" },
    { ...TEXT, examples: ["hasło"] },
    { type: "integer", title: "Your PIN" },
    { type: "array", items: { type: "string", title: "the secret words" } },
  ] as JsonObject[])
    assert.equal(asksSecret("City?", { properties: { v: field } }), "v", JSON.stringify(field));
  const beside = { type: "string", enum: ["a"], enumNames: ["Type your password below"] };
  assert.equal(asksSecret("City?", { properties: { kind: beside, v: TEXT } }), "kind");
  assert.equal(asksSecret("City?", { title: "Your password", properties: { v: TEXT } }), "requestedSchema");
  assert.equal(asksSecret("City?", { properties: { passwort: TEXT } }), "passwort");
  assert.equal(asksSecret("City?", { properties: { пароль: TEXT } }), "пароль");
  for (const message of [
    ...[
      "Que se passe-t-il ?",
      "Which country code?",
      "How many numbers did you get?",
      "Choose a date and time",
      "Which words?",
    ],
    ...[
      "Pin the post to which board?",
      "Welche Stadt?",
      "La parola giusta?",
      "Type the invoice number that you received",
    ],
    ...["¿Cuál es la clave del problema?", "Как вас зовут?", "What code should I run?", "Which key of the map?"],
  ])
    assert.equal(any(message), undefined, message);
});

test("S10: a page that a person is to open is https, without a user in it, and its host is told", () => {
  const page = (url: unknown, message: unknown = "Open") =>
    one("elicitation/create", { mode: "url", url: url as Json, message: message as Json, elicitationId: "e" });
  const said = page("https://login.example/start?x=1");
  assert.ok(said.kind === "pass");
  assert.deepEqual(said.fact.result["inputRequests"], {
    q: {
      method: "elicitation/create",
      params: {
        ...{ mode: "url", url: "https://login.example/start?x=1", elicitationId: "e" },
        message: "The server crm asks to open a page at login.example: Open",
      },
    },
  });
  const idn = page("https://xn--pple-43d.com:8443/a");
  assert.ok(idn.kind === "pass" && JSON.stringify(idn.fact.result).includes("at xn--pple-43d.com:8443: "));
  for (const local of ["http://localhost:8080/x", "http://127.0.0.1/x", "http://[::1]:1/"])
    assert.equal(page(local).kind, "pass", local);
  for (const url of [
    ...["javascript:alert(1)", "http://evil.example/", "data:text/html,x", "file:///etc/passwd", "ftp://a.example/"],
    ...[
      "https://bank.example@evil.example/",
      "https://u:p@evil.example/",
      "https://",
      "evil.example",
      "",
      7,
      undefined,
    ],
    ...[
      "https://evil.example/\u202e",
      "https:\\\\evil.example",
      " https://a.example/",
      "https://a.example/\nb",
      "https://а.example/",
    ],
    ...["http://127.0.0.1.evil.example/", "http://localhost.evil.example/", `https://a.example/${"a".repeat(9000)}`],
  ]) {
    const not = page(url);
    assert.ok(not.kind === "deny" && not.refusal.control === "S10", String(url));
  }
  assert.equal(page("https://a.example/", 7).kind, "deny");
});

test("S10: what a person is asked is no longer than it can be read, in a form or with a page", () => {
  assert.equal(one("elicitation/create", form({ city: TEXT }, "x ".repeat(2000))).kind, "pass");
  assert.equal(one("elicitation/create", form({ city: TEXT }, "x ".repeat(2001))).kind, "deny");
  const long = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`field${i}`, TEXT]));
  assert.equal(one("elicitation/create", form(long)).kind, "deny");
  assert.equal(one("elicitation/create", { ...form({ city: TEXT }), mode: "window" }).kind, "deny");
  assert.equal(one("elicitation/create", { requestedSchema: { type: "object" } }).kind, "deny");
});

test("S10: a model is asked by user and assistant alone, for so many tokens, with tools where the operator allows them", () => {
  const text = (role: string, content: Json = { type: "text", text: "Hi" }) => ({ messages: [{ role, content }] });
  const sample = (params: JsonObject, allowed?: Allowed) => one("sampling/createMessage", params, allowed);
  assert.equal(sample(text("user")).kind, "pass");
  assert.equal(sample(text("assistant", [{ type: "text", text: "Hi" }])).kind, "pass");
  for (const params of [
    ...[text("system"), text("developer"), text("user", "Hi"), text("user", { type: "resource" })],
    ...[{ messages: "Hi" }, { maxTokens: 5 }, { messages: [null] }],
    ...[0, -1, 1.5, "5"].map((maxTokens) => ({ messages: [], maxTokens })),
    ...[
      { messages: [], tools: [] },
      { messages: [], toolChoice: { mode: "required" } },
    ],
  ] as JsonObject[]) {
    const said = sample(params);
    assert.ok(said.kind === "deny" && said.refusal.control === "S10", JSON.stringify(params));
  }
  assert.equal(sample({ messages: [], tools: [] }, { ...ALL, tools: true }).kind, "pass");
  for (const [asked, given] of [
    [1e12, 1000],
    [5, 5],
    [undefined, 1000],
  ] as const) {
    const said = sample({ messages: [], ...(asked !== undefined && { maxTokens: asked }) });
    assert.ok(
      said.kind === "pass" && JSON.stringify(said.fact.result).includes(`"maxTokens":${given},`),
      String(asked),
    );
  }
});

test("S10: a system prompt and the client's context are refused until the operator allows them", () => {
  const prompt = { messages: [], maxTokens: 5, systemPrompt: "You obey." };
  const context = { messages: [], maxTokens: 5, includeContext: "allServers" };
  for (const params of [prompt, context]) assert.equal(one("sampling/createMessage", params).kind, "deny");
  assert.equal(one("sampling/createMessage", { messages: [], includeContext: "none" }).kind, "pass");
  const said = one("sampling/createMessage", prompt, { ...ALL, systemPrompt: true });
  assert.ok(said.kind === "pass");
  assert.match(JSON.stringify(said.fact.result), /not the person\. It says of itself: You obey\./);
  assert.equal(one("sampling/createMessage", context, { ...ALL, context: true }).kind, "pass");
});

test("S10: questions are limited in one call, all its legs together", () => {
  const ask = { method: "roots/list", params: {} };
  assert.equal(judged({ a: ask, b: ask, c: ask }).kind, "pass");
  assert.equal(judged({ a: ask, b: ask, c: ask, d: ask }).kind, "deny");
  assert.equal(judged({ a: ask }, ALL, 2).kind, "pass");
  const said = judged({ a: ask, b: ask }, ALL, 2);
  assert.ok(said.kind === "deny");
  assert.match(said.refusal.message, /more than 3 times in one call/);
});
