import { type Rule, rule } from "./rule.ts";

/** A sort of key that its maker documents in examples ends so. */
const notExample = (token: string) => (token.endsWith("EXAMPLE") ? 0 : 0.95);

/** Clouds, hosting, databases, networks, stores of secrets. */
export const CLOUD: readonly Rule[] = [
  rule("aws-access-key", "AWS", "akia asia abia acca a3t", /(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}/y, {
    check: notExample,
  }),
  rule("aws-bedrock-key", "AWS", "absk", /ABSK[A-Za-z0-9+/]{109,269}={0,2}/y),
  rule(
    "aws-bedrock-key",
    "AWS",
    "bedrock-api-key-ymvkcm9jay5hbwf6b25hd3muy29t",
    /bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[\w/+=%-]{0,4000}/y,
  ),
  rule("aws-appsync-key", "AWS", "da2-", /da2-[a-z0-9]{26}/y),
  rule("aws-mws-token", "AWS", "amzn.mws.", /amzn\.mws\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/y),
  rule("aws-cognito-session", "AWS", "iqojb3jpz2lux2vj", /IQoJb3JpZ2luX2Vj[A-Za-z0-9/+=]{100,4000}/y),
  rule("google-api-key", "Google", "aiza", /AIza[\w-]{35}/y),
  rule("google-oauth-secret", "Google", "gocspx-", /GOCSPX-[\w-]{28}/y),
  rule("google-access-token", "Google", "ya29.", /ya29\.[\w-]{20,2000}/y),
  rule("google-refresh-token", "Google", "1//0", /1\/\/0[\w-]{40,200}/y),
  rule("google-fcm-key", "Google", ":apa91b", /[\w-]{11}:APA91b[\w-]{120,160}/y, { back: 11, exact: true }),
  rule("azure-storage-key", "Azure", "+ast", /[A-Za-z0-9+/]{76}\+ASt[A-Za-z0-9+/]{6}==/y, {
    back: 76,
    exact: true,
    open: true,
  }),
  rule("azure-cosmos-key", "Azure", "acdb", /[A-Za-z0-9+/]{76}ACDb[A-Za-z0-9+/]{6}==/y, {
    back: 76,
    exact: true,
    open: true,
  }),
  rule(
    "azure-key",
    "Azure",
    "+aeh +asb +aba aiot +acr +arm apim",
    /[A-Za-z0-9+/]{33}(?:\+A(?:Eh|Sb|Ba|CR|RM)|AIoT|APIM)[A-Za-z0-9+/]{6}=/y,
    {
      back: 33,
      exact: true,
      open: true,
    },
  ),
  rule("azure-key", "Azure", "azse azca azfu", /[A-Za-z0-9+/]{40,44}Az(?:Se|Ca|Fu)[A-Za-z0-9+/]{5,8}={0,2}/y, {
    back: 44,
  }),
  rule("azure-devops-token", "Azure DevOps", "azdo", /[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}/y, { back: 76, exact: true }),
  rule("azure-key", "Azure", "jqqj99", /[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{18}[A-Za-z0-9]{4}[A-Za-z0-9]{4}/y, {
    back: 52,
    exact: true,
  }),
  rule(
    "entra-client-secret",
    "Microsoft Entra",
    "0q~ 1q~ 2q~ 3q~ 4q~ 5q~ 6q~ 7q~ 8q~ 9q~",
    /[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}/y,
    {
      back: 3,
      exact: true,
    },
  ),
  rule("alibaba-access-key", "Alibaba Cloud", "ltai", /LTAI[A-Za-z0-9]{12,24}/y),
  rule("tencent-secret-id", "Tencent Cloud", "akid", /AKID[A-Za-z0-9]{32}/y),
  rule("yandex-key", "Yandex Cloud", "aqvn", /AQVN[\w-]{35,40}/y),
  rule("yandex-token", "Yandex Cloud", "t1.", /t1\.[\w-]{10,200}={0,2}\.[\w-]{86}={0,2}/y),
  rule("scaleway-key", "Scaleway", "scw", /SCW[A-Z0-9]{17}/y),
  rule("digitalocean-token", "DigitalOcean", "dop_v1_ doo_v1_ dor_v1_", /do[por]_v1_[a-f0-9]{64}/y),
  rule("heroku-key", "Heroku", "hrku-", /HRKU-[\w-]{36,80}/y),
  rule("fly-token", "Fly.io", "fo1_ fm1a_ fm1r_ fm2_", /f(?:o1|m1[ar]|m2)_[A-Za-z0-9+/=_-]{43,2000}/y),
  rule("netlify-token", "Netlify", "nfp_ nfc_ nfo_ nfu_", /nf[pcou]_[A-Za-z0-9]{36}/y),
  rule("vercel-token", "Vercel", "vcp_ vci_ vca_ vcr_ vck_", /vc[piark]_[A-Za-z0-9]{24,80}/y),
  rule("cloudflare-token", "Cloudflare", "cfut_ cfat_ cfk_", /cf(?:ut|at|k)_[A-Za-z0-9_-]{40,80}/y),
  rule("cloudflare-origin-key", "Cloudflare", "v1.0-", /v1\.0-[a-f0-9]{24}-[a-f0-9]{100,160}/y),
  rule("render-key", "Render", "rnd_", /rnd_[A-Za-z0-9]{28,40}/y),
  rule("supabase-key", "Supabase", "sbp_ sb_secret_", /sb(?:p_[a-f0-9]{40}|_secret_[\w-]{31,50})/y),
  rule("planetscale-token", "PlanetScale", "pscale_", /pscale_(?:tkn|pw|oauth)_[\w=.-]{32,64}/y),
  rule("neon-key", "Neon", "napi_", /napi_[a-z0-9]{60,70}/y),
  rule("databricks-token", "Databricks", "dapi", /dapi[a-f0-9]{32}(?:-\d)?/y),
  rule("mongodb-atlas-secret", "MongoDB", "mdb_sa_sk_", /mdb_sa_sk_[\w-]{40}/y),
  rule("terraform-token", "HashiCorp", ".atlasv1.", /[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{55,75}/y, {
    back: 14,
    exact: true,
  }),
  rule("vault-token", "HashiCorp", "hvs. hvb. hvr.", /hv[sbr]\.[\w-]{24,400}/y),
  rule(
    "doppler-token",
    "Doppler",
    "dp.pt. dp.st. dp.ct. dp.sa. dp.said. dp.scim. dp.audit.",
    /dp\.(?:pt|st|ct|sa|said|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}/y,
  ),
  rule("1password-token", "1Password", "ops_eyj", /ops_eyJ[A-Za-z0-9+/=_-]{100,4000}/y),
  rule(
    "1password-secret-key",
    "1Password",
    "a3-",
    /A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}/y,
  ),
  rule("age-secret-key", "age", "age-secret-key-1", /AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}/y),
  rule(
    "tailscale-key",
    "Tailscale",
    "tskey-",
    /tskey-(?:api|auth|client|scim|webhook)-[A-Za-z0-9]{6,20}-[A-Za-z0-9]{8,40}/y,
  ),
  rule("defined-networking-token", "Defined Networking", "dnkey-", /dnkey-[\w=-]{26}-[\w=-]{52}/y),
  rule("openshift-token", "OpenShift", "sha256~", /sha256~[\w-]{43}/y),
];
