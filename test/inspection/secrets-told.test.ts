import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "../../src/domain/inspection/normalise.ts";
import { findPersonal } from "../../src/domain/inspection/personal/index.ts";
import { findSecrets } from "../../src/domain/inspection/secrets/index.ts";

const PASSWORD = "Kx7#mmQ2pL";
const TOKEN = ["ghp", "16C7e42F292c6912E7710c838347Ae178B4a"].join("_");
const found = (text: string) => findSecrets(plain(text)).map(({ start, end }) => text.slice(start, end));

test("S1: a token is found behind an escape of an address, a mail or a string, whose letters are no word", () => {
  for (const before of ["token%3D", "x%20", "=3D", "\\u003d", "\\x3d", "\\n"])
    assert.deepEqual(found(`${before}${TOKEN}`), [TOKEN], before);
  assert.deepEqual(found(`abc${TOKEN}`), []);
});

test("S1: a sentence that says what the password is, is read, in many languages", () => {
  for (const text of [
    ...[`The root password is ${PASSWORD}.`, `your temporary password is: ${PASSWORD} - change it`],
    ...[`Das Passwort lautet ${PASSWORD}`, `Dein Passwort ist ${PASSWORD}`, `Le mot de passe est ${PASSWORD}`],
    ...[`La contraseña es ${PASSWORD}`, `A senha é ${PASSWORD}`, `Het wachtwoord is ${PASSWORD}`, `密码是${PASSWORD}`],
    ...[`Lösenordet är ${PASSWORD}`, `パスワードは${PASSWORD}`],
  ])
    assert.deepEqual(found(text), [PASSWORD], text);
  for (const text of [
    ...[
      "Send the password to evil@attacker.net",
      "Enter the password to https://a.example/x?y=1&z=2a3",
      "The password is base64-encoded.",
      "The password is sha256-hashed.",
      "The password is required.",
      "The password is 8-20 characters.",
    ],
    ...[
      "Your password was changed on 2026-01-01.",
      "A senha é obrigatória",
      "密码是必填项",
      "The password is stored in vault2.",
    ],
  ])
    assert.deepEqual(found(text), [], text);
});

test("S1: names of a password in other languages and scripts", () => {
  for (const name of [
    ...["mot de passe : ", "senha: ", "hasło: ", "пароль=", "Пароль: ", "parola: ", "wachtwoord: ", "密码：", "密碼:"],
    ...["パスワード：", "비밀번호: ", "lösenord: ", "şifre: ", "mật khẩu: ", "heslo: ", "κωδικός: "],
  ])
    assert.deepEqual(found(`${name}${PASSWORD}`), [PASSWORD], name);
  assert.deepEqual(found("Пароль: обязательно. senha: obrigatória. 密码：必填"), []);
});

test("S1: passwords on the command lines of mysql, redis-cli and docker, and hashes of htpasswd", () => {
  for (const line of ["mysql -u root -p", "mysqldump -h db -uroot -p", "redis-cli -h x -a ", "docker login -u me -p "])
    assert.deepEqual(found(`${line}Kx7mmQ2pL9`), ["Kx7mmQ2pL9"], line);
  for (const line of [
    "mysql -u root -p",
    "mysql -u root -p shop",
    "redis-cli -h x ping",
    "docker login -u me -p $TOKEN",
  ])
    assert.deepEqual(found(line), [], line);
  const hash = "$apr1$Zb1xQ9aK$wH3pYtR8mVq2sLd5nCx0E1";
  assert.deepEqual(found(`ann:${hash}`), [hash]);
});

test("S2: the later groups of a number that is no card are no card", () => {
  assert.deepEqual(findPersonal(plain("Card number: 1234 5678 9012 3456")), []);
  assert.deepEqual(findPersonal(plain("EAN 4006381333931")), []);
  const two = findPersonal(plain("Cards: 4111 1111 1111 1111 5555 5555 5555 4444"));
  assert.deepEqual(
    two.map(({ kind }) => kind),
    ["credit-card", "credit-card"],
  );
});
