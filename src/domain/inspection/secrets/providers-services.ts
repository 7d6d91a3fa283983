import { type Rule, rule } from "./rule.ts";

/** Models, payments, shops, messages and other services. */
export const SERVICES: readonly Rule[] = [
  rule("anthropic-key", "Anthropic", "sk-ant-", /sk-ant-(?:api|admin|sid|oat|ort)\d\d-[\w-]{40,140}/y),
  rule(
    "openai-key",
    "OpenAI",
    "t3blbkfj",
    /sk-(?:(?:proj|svcacct|admin|service)-)?[\w-]{10,120}T3BlbkFJ[\w-]{10,120}/y,
    { back: 140 },
  ),
  rule("openai-key", "OpenAI", "sk-proj- sk-svcacct- sk-admin-", /sk-(?:proj|svcacct|admin)-[\w-]{40,200}/y),
  rule(
    "model-service-key",
    "OpenRouter, Langfuse",
    "sk-or-v1- sk-lf-",
    /sk-(?:or-v1-[a-f0-9]{64}|lf-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12})/y,
  ),
  rule("model-service-key", "a model service", "sk-", /sk-[A-Za-z0-9]{32,64}/y, { check: withDigits }),
  rule("huggingface-token", "Hugging Face", "hf_", /hf_[A-Za-z]{34}/y, { check: unlikelyName }),
  rule("huggingface-token", "Hugging Face", "api_org_", /api_org_[A-Za-z]{34}/y, { check: unlikelyName }),
  rule("groq-key", "Groq", "gsk_", /gsk_[A-Za-z0-9]{48,56}/y),
  rule("replicate-token", "Replicate", "r8_", /r8_[A-Za-z0-9]{37,46}/y),
  rule("perplexity-key", "Perplexity", "pplx-", /pplx-[A-Za-z0-9]{48,56}/y),
  rule("xai-key", "xAI", "xai-", /xai-[A-Za-z0-9]{70,90}/y),
  rule("tavily-key", "Tavily", "tvly-", /tvly-(?:dev-|prod-)?[A-Za-z0-9]{32,40}/y),
  rule("nvidia-key", "NVIDIA", "nvapi-", /nvapi-[\w-]{60,80}/y),
  rule("langsmith-key", "LangSmith", "lsv2_", /lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}/y),
  rule("pinecone-key", "Pinecone", "pcsk_", /pcsk_[A-Za-z0-9_]{50,80}/y),
  rule("jina-key", "Jina", "jina_", /jina_[a-f0-9]{32}[\w-]{20,40}/y),
  rule("elevenlabs-key", "ElevenLabs", "sk_", /sk_[a-f0-9]{48}/y),
  rule("firecrawl-key", "Firecrawl", "fc-", /fc-[a-f0-9]{32}/y),
  rule("apify-token", "Apify", "apify_api_", /apify_api_[A-Za-z0-9]{34,40}/y),
  rule("e2b-key", "E2B", "e2b_", /e2b_[a-f0-9]{40}/y),
  rule("together-key", "Together", "tgp_v1_", /tgp_v1_[\w-]{40,50}/y),
  rule(
    "stripe-key",
    "Stripe",
    "sk_live_ sk_test_ rk_live_ rk_test_ sk_prod_ rk_prod_",
    /[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,250}/y,
  ),
  rule("stripe-webhook-secret", "Stripe", "whsec_", /whsec_[A-Za-z0-9+/=]{32,80}/y),
  rule("square-token", "Square", "sq0atp- sq0csp- sq0idp-", /sq0(?:atp|csp|idp)-[\w-]{22,60}/y),
  rule("square-access-token", "Square", "eaaa", /EAAA[\w-]{60}/y, { check: withDigits }),
  rule("paypal-token", "PayPal", "a21aa", /A21AA[\w-]{60,120}/y),
  rule(
    "braintree-token",
    "Braintree",
    "access_token$",
    /access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}/y,
  ),
  rule(
    "plaid-token",
    "Plaid",
    "access-sandbox- access-development- access-production-",
    /access-(?:sandbox|development|production)-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}/y,
  ),
  rule("flutterwave-key", "Flutterwave", "flwseck flwpubk", /FLW(?:SECK|PUBK)(?:_TEST)?-?[a-z0-9]{12,40}(?:-X)?/iy),
  rule("razorpay-key", "Razorpay", "rzp_live_ rzp_test_", /rzp_(?:live|test)_[A-Za-z0-9]{14,24}/y),
  rule("payment-key", "GoCardless, Mollie, Lob", "live_ test_", /(?:live|test)_(?:pub_)?[\w-]{30,45}/y, {
    check: withDigits,
  }),
  rule("shippo-token", "Shippo", "shippo_live_ shippo_test_", /shippo_(?:live|test)_[a-fA-F0-9]{40}/y),
  rule("easypost-key", "EasyPost", "ezak eztk", /EZ[AT]K[A-Za-z0-9]{54}/y),
  rule("duffel-token", "Duffel", "duffel_test_ duffel_live_", /duffel_(?:test|live)_[\w=-]{43}/y),
  rule("frameio-token", "Frame.io", "fio-u-", /fio-u-[\w=-]{64}/y),
  rule(
    "shopify-token",
    "Shopify",
    "shpat_ shpca_ shppa_ shpss_ shptka_ shpua_ shpit_",
    /shp(?:at|ca|pa|ss|tka|ua|it)_[A-Za-z0-9]{32,64}/y,
  ),
  rule("contentful-token", "Contentful", "cfpat-", /CFPAT-[\w-]{43,64}/y),
  rule(
    "slack-token",
    "Slack",
    "xoxb- xoxa- xoxp- xoxo- xoxs- xoxr- xoxc- xoxd- xoxe-",
    /xox[abposrcde]-[\w%-]{18,500}/y,
    { check: withDigits },
  ),
  rule("slack-token", "Slack", "xoxe.xox", /xoxe\.xox[bp]-\d-[A-Za-z0-9]{100,200}/y),
  rule("slack-app-token", "Slack", "xapp-", /xapp-[\w/-]{20,200}/y, { check: withDigits }),
  rule(
    "slack-webhook",
    "Slack",
    "hooks.slack.com/",
    /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_+-]{30,120}/y,
  ),
  rule("discord-webhook", "Discord", "/api/webhooks/", /\/api\/webhooks\/\d{17,20}\/[\w-]{60,80}/y),
  rule(
    "teams-webhook",
    "Microsoft Teams",
    "webhook.office.com/ outlook.office.com/webhook/",
    /(?:webhook\.office\.com\/webhookb2|outlook\.office\.com\/webhook)\/[a-f0-9@-]{73}\/IncomingWebhook\/[a-f0-9]{32}\/[a-f0-9-]{36}/y,
  ),
  rule(
    "webhook",
    "Zapier",
    "hooks.zapier.com/hooks/catch/",
    /hooks\.zapier\.com\/hooks\/catch\/[A-Za-z0-9]{5,30}(?:\/[A-Za-z0-9]{5,20})?/y,
  ),
  rule("telegram-token", "Telegram", ":aa", /\d{8,10}:AA[\w-]{31,34}/y, { back: 10 }),
  rule("twilio-key", "Twilio", "sk0 sk1 sk2 sk3 sk4 sk5 sk6 sk7 sk8 sk9 ska skb skc skd ske skf", /SK[0-9a-f]{32}/y),
  rule("sendgrid-key", "SendGrid", "sg.", /SG\.[\w=-]{16,24}\.[\w=-]{30,64}/y),
  rule("sendgrid-key", "SendGrid", "sg.", /SG\.[\w=-]{60,70}/y),
  rule("mailgun-key", "Mailgun", "key- pubkey-", /(?:pub)?key-[a-f0-9]{32}/y),
  rule("mailchimp-key", "Mailchimp", "-us1 -us2 -us3 -us4 -us5 -us6 -us7 -us8 -us9", /[0-9a-f]{32}-us[1-9]\d?/y, {
    back: 32,
  }),
  rule("brevo-key", "Brevo", "xkeysib- xsmtpsib-", /x(?:key|smtp)sib-[a-f0-9]{64}-[A-Za-z0-9]{16}/y),
  rule("resend-key", "Resend", "re_", /re_[A-Za-z0-9]{8,10}_[A-Za-z0-9]{20,30}/y, { check: withDigits }),
  rule("twitch-stream-key", "Twitch", "live_", /live_\d{6,12}_[A-Za-z0-9]{30,36}/y),
  rule("linear-key", "Linear", "lin_api_ lin_oauth_", /lin_(?:api|oauth)_[A-Za-z0-9]{40,64}/y),
  rule("notion-token", "Notion", "ntn_", /ntn_\d{11}[A-Za-z0-9]{35}/y),
  rule("notion-token", "Notion", "secret_", /secret_[A-Za-z0-9]{43}/y),
  rule("airtable-token", "Airtable", "pat", /pat[A-Za-z0-9]{14}\.[a-f0-9]{64}/y),
  rule("figma-token", "Figma", "figd_ figo_ figu_ figor_ figoh_", /fig(?:d|o|u|or|oh)_[\w-]{38,60}/y),
  rule("clickup-token", "ClickUp", "pk_", /pk_\d{6,10}_[A-Z0-9]{32}/y),
  rule("typeform-token", "Typeform", "tfp_", /tfp_[\w=.-]{40,70}/y),
  rule("dropbox-token", "Dropbox", "sl.", /sl\.(?:u\.)?[\w-]{120,1400}/y),
  rule("facebook-token", "Meta", "eaac eaab eaa", /EAA[A-Za-z0-9]{40,400}/y, { check: withDigits }),
  rule("facebook-app-token", "Meta", "facebook fb_", /(?:facebook|fb)[^\n|]{1,40}\b\d{15,16}(?:\||%7C)[\w-]{27}/iy),
  rule("twitter-bearer", "X", "aaaaaaaaaaaaaaaaaaaa", /A{20,22}[A-Za-z0-9%]{60,120}/y, { check: withDigits }),
  rule("mapbox-token", "Mapbox", "sk.eyj1 tk.eyj1 pk.eyj1", /[spt]k\.eyJ1[\w-]{40,150}\.[\w-]{20,30}/y),
  rule("salesforce-token", "Salesforce", "00d", /00D[A-Za-z0-9]{12,15}![A-Za-z0-9_.]{80,130}/y),
  rule(
    "hubspot-token",
    "HubSpot",
    "pat-na1- pat-eu1- pat-na2- pat-ap1-",
    /pat-(?:na|eu|ap)\d-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}/y,
  ),
  rule("adobe-secret", "Adobe", "p8e-", /p8e-[A-Za-z0-9-]{32}/y),
  rule("adafruit-key", "Adafruit", "aio_", /aio_[A-Za-z0-9]{28}/y),
  rule("maxmind-key", "MaxMind", "_mmk", /[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk/y, { back: 36 }),
  rule("intra42-secret", "42", "s-s4t2ud- s-s4t2af-", /s-s4t2(?:ud|af)-[a-f0-9]{64}/y),
  rule("settlemint-token", "SettleMint", "sm_aat_ sm_pat_ sm_sat_", /sm_[aps]at_[A-Za-z0-9]{16}/y),
  rule("telnyx-key", "Telnyx", "key01", /KEY01[A-F0-9]{30}_[A-Za-z0-9]{22}/y),
  rule("zoho-token", "Zoho", "1000.", /1000\.[a-f0-9]{32}\.[a-f0-9]{32}/y),
  rule("teamwork-token", "Teamwork", "tkn.v1_", /tkn\.v1_[A-Za-z0-9]{60,90}=?/y),
  rule("blynk-client", "Blynk", "oa2-client-id_", /oa2-client-id_[\w-]{32}:[\w-]{40}/y),
];

/** A name in a program seldom holds three digits among its letters. */
function withDigits(token: string): number {
  return (token.slice(3).match(/\d/g)?.length ?? 0) >= 3 ? 0.9 : 0;
}

/** Tokens of letters only: names of programs change case at words, random letters nearly everywhere. */
function unlikelyName(token: string): number {
  const body = token.slice(token.lastIndexOf("_") + 1);
  const changes = body.match(/[a-z][A-Z]|[A-Z][a-z]/g)?.length ?? 0;
  return changes >= 9 || !/[A-Z]{3}|[a-z]{4}/.test(body) ? 0.95 : 0;
}
