/** Kinds of findings in texts, which `screen` can treat one by one. */
export const FINDING_KINDS: ReadonlySet<string> = new Set(
  `
    1password-secret-key 1password-token adafruit-key adobe-secret age-secret-key agent-condition
    agent-order airtable-token alibaba-access-key ansi-sequence ansi-spelled anthropic-key apify-token
    approval ar-cuit artifactory-key artifactory-reference-token at-svnr atlassian-token au-abn au-acn
    au-medicare au-tfn authority aws-access-key aws-appsync-key aws-bedrock-key aws-cognito-session
    aws-mws-token axiom-token azure-cosmos-key azure-devops-token azure-key azure-sas azure-storage-key
    baltic-personal-code base64-private-key basic-credentials be-national-number bg-egn bidi-control
    bidi-override bitbucket-app-password blank-letter blynk-client br-cnpj br-cpf braintree-token
    brevo-key buildkite-token ca-sin ch-ahv circleci-token cl-rut clickup-token clojars-token
    cloudflare-origin-key cloudflare-token cn-resident-id command-password concealment
    connection-password contentful-token control-character crates-token credential credit-card
    crypto-address css-hidden cz-birth-number databricks-token de-doctor-number de-health-number
    de-id-card de-pension-number de-tax-id de-tax-number de-vat-id defined-networking-token
    dependency-track-key dictated-answer digitalocean-token discord-token discord-webhook
    disguised-answer django-hash django-secret-key dk-cpr docker-token doppler-token dropbox-token
    duffel-token dynatrace-token e2b-key easypost-key elevenlabs-key email encoded-instruction
    entra-client-secret es-dni es-nie exfil-image exfil-link exfiltration facebook-app-token
    facebook-token fake-completion fake-end fake-section fake-turn fi-hetu figma-token firecrawl-key
    flutterwave-key fly-token fr-insee frameio-token github-app-jwt github-fine-grained-token
    github-token gitlab-runner-token gitlab-session gitlab-token google-access-token google-api-key
    google-fcm-key google-oauth-secret google-refresh-token grafana-key grafana-token groq-key
    harmful-task harness-token heroku-key hidden-instruction honeycomb-key hr-oib html-comment
    hubspot-token huggingface-token iban ie-pps il-id imitated-gateway in-aadhaar in-gstin in-pan
    intra42-secret ionic-token ip-address it-fiscal-code it-vat jenkins-token jina-key jp-my-number jwt
    kerberos-hash kr-driver-license kr-rrn langsmith-key launchdarkly-key linear-key link-mismatch
    look-alike made-up-frame mailchimp-key mailgun-key mapbox-token maxmind-key memory mode
    model-service-key mongodb-atlas-secret mx-curp neon-key netlify-token newrelic-key newrelic-license
    nightfall-key nl-bsn no-fodselsnummer notion-token npm-token nuget-key nvidia-key openai-key
    openshift-token osc-sequence override password password-hash payment-key paypal-token perplexity-key
    personal-request ph-tin phone pinecone-key pixie-key pl-pesel plaid-token planetscale-token
    posthog-key postman-key prefect-key private-key prompt-leak pt-nif pulumi-token pypi-token
    razorpay-key readme-key render-key replicate-token resend-key ro-cnp role-play rootly-key
    rubygems-token salesforce-token scaleway-key scalingo-token se-organisationsnummer se-personnummer
    secret-request semgrep-token sendgrid-key sentry-token settlemint-token sg-nric sg-uen shippo-token
    shopify-token slack-app-token slack-token slack-webhook smuggled-code sonar-token sourcegraph-token
    split-order square-access-token square-token stripe-key stripe-webhook-secret supabase-key
    tag-characters tailscale-key tavily-key teamcity-token teams-webhook teamwork-token telegram-token
    telnyx-key tencent-secret-id terraform-token th-national-id together-key too-many-secrets
    too-much-personal-data tr-national-id trello-token truenas-key twilio-key twitch-stream-key
    twitter-bearer typeform-token uk-driving-licence uk-nhs uk-nino url-password us-itin us-mbi us-npi
    us-routing-number us-ssn variation-selector vault-token vercel-token vin wallet-key webhook xai-key
    yandex-key yandex-token za-id zero-width zoho-token
  `
    .trim()
    .split(/\s+/),
);
