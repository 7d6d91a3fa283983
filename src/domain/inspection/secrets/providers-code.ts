import { hasBase62Checksum } from "./checksums.ts";
import { type Rule, rule } from "./rule.ts";

/** A wrong checksum is an invented or damaged token; it is masked all the same. */
const checked = (token: string) => (hasBase62Checksum(token) ? 1 : 0.8);

/** Code hosts, package registries, build and quality services, observation. */
export const CODE: readonly Rule[] = [
  rule("github-app-jwt", "GitHub", "ghs_", /ghs_\d{1,12}_eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,1000}/y),
  rule("github-token", "GitHub", "ghp_ gho_ ghu_ ghs_ ghr_", /gh[pousr]_[A-Za-z0-9]{36,76}/y, { check: checked }),
  rule("github-fine-grained-token", "GitHub", "github_pat_", /github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}/y),
  rule(
    "gitlab-token",
    "GitLab",
    "glpat- gldt- glrt- glrtr- glcbt- glimt- glagent- glft- glffct- glsoat- gloas- glptt- glwt-",
    /gl(?:pat|dt|rt|rtr|cbt|imt|agent|ft|ffct|soat|oas|ptt|wt)-[\w-]{20,300}(?:\.[\w-]{2,40}){0,2}/y,
  ),
  rule("gitlab-runner-token", "GitLab", "gr1348941", /GR1348941[\w-]{20,50}/y),
  rule("gitlab-session", "GitLab", "_gitlab_session=", /_gitlab_session=[0-9a-f]{32}/y),
  rule("atlassian-token", "Atlassian", "atatt3 atctt3 atst3", /AT(?:ATT|CTT|ST)3[\w=+/-]{50,300}/y),
  rule("bitbucket-app-password", "Bitbucket", "atbb", /ATBB[A-Za-z0-9]{24}[A-F0-9]{8}/y),
  rule("trello-token", "Trello", "atta", /ATTA[a-f0-9]{64}[A-F0-9]{8}/y),
  rule("sourcegraph-token", "Sourcegraph", "sgp_", /sgp_(?:(?:local|[a-f0-9]{16})_){0,2}[a-f0-9]{40}/y),
  rule("npm-token", "npm", "npm_", /npm_[A-Za-z0-9]{36}/y, { check: checked }),
  rule("pypi-token", "PyPI", "pypi-age", /pypi-AgE[\w-]{50,1000}/y),
  rule("rubygems-token", "RubyGems", "rubygems_", /rubygems_[a-f0-9]{48}/y),
  rule("crates-token", "crates.io", "cio", /cio[A-Za-z0-9]{32}/y, { check: mixed }),
  rule("nuget-key", "NuGet", "oy2", /oy2[a-z0-9]{43}/y),
  rule("clojars-token", "Clojars", "clojars_", /CLOJARS_[a-z0-9]{60}/y),
  rule("artifactory-key", "Artifactory", "akc", /AKC[a-zA-Z0-9]{40,80}/y),
  rule("artifactory-reference-token", "Artifactory", "cmvmd", /cmVmd[A-Za-z0-9]{59}/y),
  rule("docker-token", "Docker", "dckr_pat_ dckr_oat_", /dckr_[po]at_[\w-]{27,40}/y),
  rule("jenkins-token", "Jenkins", "jenkins-crumb:", /jenkins-crumb:\s{0,2}[0-9a-f]{32,64}/iy),
  rule("circleci-token", "CircleCI", "ccipat_ ccipri_ ccipwt_", /CCIP(?:AT|RI|WT)_[\w-]{20,80}/y),
  rule("buildkite-token", "Buildkite", "bkua_ bkat_ bkct_", /bk(?:ua|at|ct)_[A-Za-z0-9]{40,80}/y),
  rule("teamcity-token", "TeamCity", "eyj0exaioiaivenwmij9", /eyJ0eXAiOiAiVENWMiJ9\.[\w-]{36,60}\.[\w-]{40,60}/y),
  rule("harness-token", "Harness", "pat. sat.", /[ps]at\.[A-Za-z0-9_-]{22}\.[a-f0-9]{24}\.[A-Za-z0-9]{20}/y),
  rule("dependency-track-key", "Dependency-Track", "odt_", /odt_(?:[A-Za-z0-9]{8}_)?[A-Za-z0-9]{32,36}/y),
  rule("sonar-token", "SonarQube", "squ_ sqp_ sqa_", /sq[upa]_[a-f0-9]{40}/y),
  rule("scalingo-token", "Scalingo", "tk-us-", /tk-us-[\w-]{48}/y),
  rule("semgrep-token", "Semgrep", "sgp_", /sgp_[A-Za-z0-9_-]{64}/y),
  rule(
    "launchdarkly-key",
    "LaunchDarkly",
    "api- sdk- mob-",
    /(?:api|sdk)-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}/y,
  ),
  rule("grafana-token", "Grafana", "glsa_ glc_", /gl(?:sa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|c_[A-Za-z0-9+/=]{28,400})/y),
  rule("grafana-key", "Grafana", "eyjrijoi", /eyJrIjoi[A-Za-z0-9+/_-]{50,400}={0,2}/y),
  rule("sentry-token", "Sentry", "sntrys_ sntryu_ sntrya_", /sntry[sua]_[A-Za-z0-9+/=_-]{40,400}/y),
  rule(
    "newrelic-key",
    "New Relic",
    "nrak- nrii- nriq- nrra- nrsp- nrbr- nrjs- nraa-",
    /NR(?:AK|II|IQ|RA|SP|BR|JS|AA)-[\w-]{19,80}/y,
  ),
  rule("newrelic-license", "New Relic", "nral", /(?:[a-z]{2}\d\dx{0,2})?[a-f0-9]{32,36}(?:FF)?NRAL/y, { back: 44 }),
  rule("pixie-key", "New Relic", "px-api- px-dep-", /px-(?:api|dep)-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}/y),
  rule(
    "dynatrace-token",
    "Dynatrace",
    "dt0c01. dt0s01. dt0s02. dt0s16. dt0p01.",
    /dt0[csp]\d\d\.[A-Za-z0-9]{8,24}\.[A-Za-z0-9]{64}/y,
  ),
  rule("honeycomb-key", "Honeycomb", "hcaik_ hcbik_ hccik_ hcamk_", /hc[a-z](?:ik|mk)_[A-Za-z0-9]{32,60}/y),
  rule("axiom-token", "Axiom", "xaat- xapt-", /xa[ap]t-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}/y),
  rule("posthog-key", "PostHog", "phx_", /phx_[A-Za-z0-9]{40,60}/y),
  rule("rootly-key", "Rootly", "rootly_", /rootly_[a-f0-9]{64}/y),
  rule("postman-key", "Postman", "pmak-", /PMAK-[a-f0-9]{24}-[a-f0-9]{34}/y),
  rule("readme-key", "ReadMe", "rdme_", /rdme_[a-z0-9]{70}/y),
  rule("prefect-key", "Prefect", "pnu_ pnb_", /pn[ub]_[A-Za-z0-9]{36}/y),
  rule("pulumi-token", "Pulumi", "pul-", /pul-[a-f0-9]{40}/y),
];

/** Letters of both cases and digits: a word of a program has not all three by chance. */
function mixed(token: string): number {
  return /\d.*\d/.test(token) && /[A-Z]/.test(token) && /[a-z]/.test(token.slice(3)) ? 0.9 : 0;
}
