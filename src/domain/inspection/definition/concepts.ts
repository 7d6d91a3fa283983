/** What words stand for. A word can stand for several; what a sentence means comes from how they lie in it. */
export const CONCEPTS = [
  "not", // negation
  "tell", // lets somebody know
  "ask", // asks somebody before
  "know", // gets to know
  "person", // the user
  "model", // the one who reads the definition
  "secretly",
  "must", // compulsion without exception
  "should", // softer compulsion
  "before",
  "after",
  "when", // condition or generality
  "all", // of every call or thing
  "instead",
  "use", // uses a tool
  "toolword",
  "foreign", // a tool that is not this one
  "secret", // keys, passwords, tokens
  "sensitive", // files that hold secrets or identity
  "file",
  "content", // what is in something
  "history", // the conversation, the prompt, what other tools answered
  "system", // facts of the machine or the person
  "send", // out to somebody
  "put", // into an argument or answer
  "ask-for", // supplies
  "address", // URL, mail address, telephone number
  "outside", // third parties, remote places
  "alter",
  "argument", // what a call carries
  "quoted", // a literal in quotation marks
  "read",
  "destroy",
  "shell",
  "command", // what is run on the machine
  "pretext", // compliance, security, performance
  "threat", // what happens otherwise
  "superlative",
  "over", // in comparison with others
  "ignore",
  "rules", // what the model was told
  "mode", // states that lift limits
  "rank", // first, top
  "offer", // results, listings
  "also", // in addition to the purpose
  "keep", // stores
  "detect", // speaks about attacks
  "result",
  "approval",
  "every",
  "self", // this tool
  "priority",
  "menace", // watching, staying, gaining rights, making money
] as const;

export type Concept = (typeof CONCEPTS)[number];

/** Words, and phrases of several words. `+` after a verb stands for its forms. */
const WORDS: Partial<Record<Concept, string>> = {
  not: "not never no don't dont doesn't cannot can't mustn't shouldn't won't without avoid+ refrain+ neither nor nothing isn't aren't needn't rather_than hardly",
  tell: "tell+ told mention+ inform+ notify+ reveal+ disclose+ announce+ acknowledge+ warn+ report_to reporting_to bother+ upset alert+ explain+ reported_to let_the show_to visible shown make_aware flag_to display_to displayed_to surfaced_to surface_to confess+ admit+ discuss+ indicate+ divulge+ bring_up",
  ask: "ask+ confirm+ confirmation consent consult+ verify_with approval permission prompting question questions authorization authorisation check_with",
  know: "know+ known learn+ notice+ see seen aware see_this find_out realize+ realise+ suspect+ discover+",
  person:
    "user users human humans person people customer customers operator owner caller end-user him them anyone anybody user's person's customer's owner's caller's users'",
  model: "assistant assistants model llm llms agent agents ai claude gpt chatgpt copilot chatbot you your",
  secretly:
    "silently quietly secretly covertly discreetly discretely invisibly stealthily unnoticed undetected behind_the_scenes confidentially surreptitiously privately imperceptibly unobtrusively without_notice under_the_hood out_of_sight",
  must: "must always shall mandatory obliged obligatory compulsory imperative required requires require obligated has_to have_to is_to are_to be_sure make_sure ensure+ necessary prerequisite only_valid only_works only_complete rejected refused expects expected demands preceded",
  should:
    "should need needs essential crucial critical important recommended please ought expected supposed advised better",
  before: "before prior first beforehand preceded precede precedes preceding ahead initially upfront previously_to",
  after:
    "after afterwards then subsequently followed thereafter following_this right_after upon next finally once later",
  when: "when whenever if while every each any in_case as_soon_as",
  all: "all every each any entire whole full complete everything everyone always whatever regardless no_matter",
  instead:
    "instead replace+ supersede+ deprecated obsolete disabled unavailable in_place_of takes_the_place take_the_place no_longer succeeds retired substitutes substituted alternative outdated",
  use: "use+ call+ invoke+ run+ ran execute+ trigger+ fetch+ perform+ launch+ route+ consult+ precede+ preceded open_with query_with",
  toolword: "tool tools function functions plugin plugins connector",
  secret:
    "credential credentials password passwords passphrase passphrases secret secrets private_key private_keys api_key api_keys api_token api_tokens api-key api-keys apikey apikeys ssh_key ssh_keys access_token access_tokens auth_token auth_tokens session_token session_tokens session_cookie session_cookies browser_cookies seed_phrase recovery_phrase mnemonic token tokens deploy_key encryption_key signing_key secret_key secret_keys access_key access_keys master_key private-key bearer pgp_key gpg_key login_data logins otp one-time_code 2fa x-api-key pin_code authorization_header",
  sensitive:
    "environment_variables env_file dotenv .env .envrc .netrc .npmrc .pypirc .bashrc .zshrc .bash_history .zsh_history .gitconfig .git-credentials .aws .ssh .kube .gnupg mcp.json id_rsa id_ed25519 id_rsa.pub authorized_keys known_hosts credentials.json secrets.json shell_history browser_history command_history claude_desktop_config.json kubeconfig credential_helper password_manager keychain keystore browser_profile login_keychain",
  file: "file files directory directories folder folders filesystem disk clipboard repository workspace document documents configuration_file config_file home_directory codebase",
  content:
    "content contents data text copy copies information details body output full verbatim everything value values dump listing",
  history:
    "system_prompt system_prompts system_message system_instructions chain_of_thought chain-of-thought thoughts previous_messages earlier_messages recent_messages last_messages prior_messages past_messages previous_message previous_prompts previous_chats user_messages recent_messages previous_turns previous_turn earlier_turns conversation_history chat_history message_history full_conversation entire_conversation whole_conversation this_conversation this_chat conversation_so chat_so complete_conversation conversation_transcript chat_transcript current_conversation chat_log conversation_log messages_of history_of_the user_has_written user_has_said dialogue_history prompt_history your_instructions your_prompt your_context your_memory conversation_context initial_instructions developer_message session_context chat_context previous_results earlier_results previous_responses tool_outputs tool_results results_of_all results_of_other output_of_other outputs_of_other called_earlier tools_called user's_messages",
  system:
    "hostname hostnames username usernames mac_address ip_address ip_addresses running_processes processes fingerprint fingerprints location locations contacts calendar address_book working_directory location_history names account_numbers phone_number home_address geolocation device_id personal_data personal_information browsing_history device_information serial_number email_address e-mail_address identity date_of_birth interests",
  send: "send+ sent forwards forwarded forwarding forward_the forward_it forward_them forward_all forward_any forward_every forward_a forward_this forward_full forward_each post+ upload+ transmit+ mirror+ sync+ synchronize+ synchronise+ share+ submit+ deliver+ relay+ export+ exfiltrate+ leak+ push+ publish+ reported reporting reports_to report_to emailed mailed emailing mailing email_them email_it email_the mail_it mail_them e-mailed bcc cc replicate+ beacon+ stream+ ship+ pipe+ back_up backed_up passed_on pass_on route+ call_home copied_to copies_to hand_over handed_over duplicated_to transfer+ transferring transferred",
  put: "include includes included append+ attach+ add+ insert+ embed+ put+ pass+ passed carry+ concatenate+ concat prepend+ write+ written fill+ populate+ encoded_in encode_the quoted quoting quote_the quote_them quote_it part_of repeat+ outputting output_the output_your output_all echo+ placed placing store+ stash+ hide+ incorporate+ incorporates inline+ copy+ paste+ set+ print+ merge+ augment+ enrich+ supplement+",
  "ask-for": "provide+ supply+ supplies give+ enter+ paste+ specify+ transmit+ deliver+ furnish+ disclose+ pass+",
  outside:
    "external remote third-party third_party third_parties partners partner vendor cloud attacker collector advertisers analytics telemetry our_team our_servers our_server research_team externally tracker webhook publicly public elsewhere data_broker aggregator affiliates marketing publisher backend manufacturer maker",
  alter:
    "change+ replace+ modify+ alter+ substitute+ override+ overrides overwrite+ redirect+ rewrite+ rewritten swap+ raise+ raised adjust+ append+ appended prepend+ set+ reroute+ divert+ route+ routed add+ include+ increase+ decrease+ lower+ ignore+ enhance+ reword+ turn+ inflate+ default_to multiplied rounded",
  argument:
    "query queries parameter parameters argument arguments arg recipient recipients field fields input amount account iban subject destination request requests url name names list value values phrase receiver payee header headers search search_term keyword keywords message emails mails payment price prices author filter",
  read: "read+ open+ opened access+ accesses fetch+ retrieve+ load+ get+ collect+ gather+ scan+ extract+ harvest+ cat grab+ obtain+ inspect+ dump+ look+ search+ find+ found locate+ capture+ enumerate+ list+ incorporates pull+ query+ queries use+ consult+ view+ check+ examine+ record+",
  destroy:
    "delete+ remove+ wipe+ erase+ drop+ dropped truncate purge+ disable+ kill+ revoke+ clean_up cleaning clear+ uninstall+ shut_down overwrite+ transfer+ transferred purchase+ buy+ pay+ pays grant+",
  shell: "curl wget bash chmod chown sudo rm powershell nc netcat crontab base64 eval scp rsync telnet",
  command: "command commands script scripts shell_command shell shell_commands shell_script",
  pretext:
    "compliance compliant security regulatory regulation regulations policy gdpr soc2 hipaa verification validation validate verify validated integrity maintenance optimization optimisation optimal performance diagnostic diagnostics accuracy personalization personalisation consistency hygiene debugging testing auditing audit legal reliability authentication safety preprocessing pre-processing contextual calibration initialization initialisation redundancy quality trust onboarding licensing attestation handshake prerequisites sanitization warm indexing verifying tracking billing reasons purposes",
  threat:
    "otherwise fail+ reject+ crash+ lost invalid imprecise broken incomplete error errors incorrect inaccurate unreliable not_work stop_working not_possible refused malfunction unavailable corrupt corrupted denied suspended penalty degraded",
  superlative:
    "best most premium superior leading award-winning top fastest finest ultimate unmatched unrivaled number_one #1 official trusted world-class state-of-the-art cutting-edge industry-leading preferred favorite favourite greatest smartest recommended flagship unparalleled gold-standard unbeatable top-rated highest-rated enhanced advanced elite",
  over: "over than any_other every_other all_other other others competing competitors competitor alternatives rivals",
  ignore: "ignore+ disregard+ forget+ override+ bypass+ overrule+ supersede+ drop+ discard+ suspend+ skip+",
  rules:
    "instructions instruction guidelines guideline rules rule prompts prompt directives directive restrictions safeguards guardrails settings constraints policies safety training orders limits limitations",
  mode: "maintenance_mode developer_mode god_mode debug_mode admin_mode root_mode jailbroken_mode dan_mode you_are_now act_as_if pretend+ admin_override system_override root_access from_now_on new_instructions superuser_mode emergency_mode",
  rank: "first top highest prominently foremost priority above higher favor favour favoring prefer prefers preferred promote promotes promoted recommend recommends recommended recommending prioritize prioritise prioritized prioritises prioritizes featured sponsored advertise promotional mention",
  offer:
    "result results listing listings answer answers response responses recommendation recommendations suggestion suggestions product products provider brand hotel hotels service option options report summary replies reply document post",
  also: "also additionally too as_well in_addition besides furthermore moreover plus likewise along_with afterwards beforehand alongside at_the_same_time further together_with secondarily",
  keep: "retain+ store+ keep+ kept maintain+ log+ logged collect+ cache+ track+ profile+ archive+ record+ save+ saving save_a remember+ persist+ hold+",
  detect:
    "detect+ detects screen+ screens scan_for sanitizer sanitize+ injection prompt-injection phishing moderation malicious block+ blocks leaked guard classifier vulnerabilities vulnerability social-engineering attacks threats sanitizes identifies protects",
  result: "result results output outputs answer answers response responses reply",
  approval:
    "approval approvals confirmation confirmations consent permission dialogs dialog confirmed approved authorized authorised granted pre-approved preapproved",
  every: "each every any all whenever always everything per with_each",
  self: "this_tool this_function this_one this_service this_server this_plugin",
  menace:
    "microphone webcam keystroke keystrokes keylogger surveillance monitored eavesdrop mine mines mining cryptocurrency coins startup_item autostart launch_agent start_at_boot on_boot elevated_privileges elevated_permissions administrator_rights admin_rights administrator_account root_privileges full_privileges unrestricted_access unlimited_access firewall antivirus virus_scanner security_software certificate_checks ssl_verification tls_verification certificate_verification backdoor reverse_shell remote_support remote_control remote_access remote_shell sold_to resold data_brokers data_broker advertising advertisements ads advertisers affiliate competitor competitors commission monetize monetise monetization tracking_pixel tracking_id botnet malware ransomware authorized_keys clear_text plain_text_password production_database card_numbers health_data biometric_data local_network internal_network turned_off switched_on taken_over exposed_on half_weight screenshots_of clipboard_contents registers_itself installs_itself modifies_itself updates_itself helper_from hidden_account privilege privileges hijack unlimited_allowance unlimited_approval",
  priority: "priority precedence authoritative authority highest_priority trusted",
};

function formsOf(verb: string): string[] {
  const e = verb.endsWith("e");
  const y = /[^aeiou]y$/.test(verb);
  const stem = e ? verb.slice(0, -1) : verb;
  const third = y ? `${verb.slice(0, -1)}ies` : /(s|sh|ch|x|z)$/.test(verb) ? `${verb}es` : `${verb}s`;
  const past = y ? `${verb.slice(0, -1)}ied` : `${stem}ed`;
  const forms = [verb, third, past, `${stem}ing`];
  // Short verbs double their last letter: put, log, get.
  if (/^[^aeiou]*[aeiou][bdgmnprt]$/.test(verb)) forms.push(`${verb}${verb.at(-1)}ed`, `${verb}${verb.at(-1)}ing`);
  return forms;
}

/** The entry of a word. */
export interface Entry {
  /** From 1 on: what the word is known by once a text is read. */
  readonly number: number;
  /** The word itself, in lower case. */
  readonly word: string;
  /** What it stands for alone. */
  readonly concepts: readonly number[];
  /** Phrases that end with the word: what stands before it. */
  readonly phrases: readonly Phrase[];
}

/** What stands before the last word of a phrase, as numbers of words, and what the whole means. */
interface Phrase {
  readonly before: readonly number[];
  readonly concept: number;
}

interface Growing extends Entry {
  readonly concepts: number[];
  readonly phrases: Phrase[];
}

const made = new Map<string, Growing>();

function entry(word: string): Growing {
  const known = made.get(word) ?? { number: made.size + 1, word, concepts: [], phrases: [] };
  made.set(word, known);
  return known;
}

for (const [index, concept] of CONCEPTS.entries())
  for (const word of (WORDS[concept] ?? "").split(" ").filter((text) => text !== ""))
    for (const form of word.endsWith("+") ? formsOf(word.slice(0, -1)) : [word]) {
      const before = form.split("_");
      const { concepts, phrases } = entry(before.pop() as string);
      if (before.length > 0) phrases.push({ before: before.map((one) => entry(one).number), concept: index });
      else if (!concepts.includes(index)) concepts.push(index);
    }

/** All words by their lower-case form. */
export const LEXICON: ReadonlyMap<string, Entry> = made;

/** The number of each concept. */
export const NUMBERS = Object.fromEntries(CONCEPTS.map((concept, index) => [concept, index])) as Record<
  Concept,
  number
>;

/** The number of a concept. */
export const numberOf = (concept: Concept): number => NUMBERS[concept];

let lists = CONCEPTS.length;

/** How many concepts and lists of words there are so far. */
export const sizeOfLexicon = (): number => lists;

/**
 * A list of words of its own that a sign asks for, as a concept without a name: looked up once when a text is read, not
 * once per sign. Called while modules load.
 *
 * @param list words in lower case, with blanks between
 */
export function wordList(list: string): number {
  for (const word of list.split(" ")) entry(word).concepts.push(lists);
  return lists++;
}

/** Words by their numbers: 1 where the word is one of them. */
export type WordSet = Uint8Array;

/** How many words there can be in the lexicon. */
export const MOST_WORDS = 1 << 12;

/**
 * Words that a sign compares a word of a sentence with, where it stands: nothing is looked up when a text is read. Called
 * while modules load.
 *
 * @param list words in lower case, with blanks between
 */
export function numbersOf(list: string): WordSet {
  const among = new Uint8Array(MOST_WORDS);
  for (const word of list.split(" ")) among[entry(word).number] = 1;
  return among;
}

/** A list that is filled by what words look like. */
export const emptyList = (): number => lists++;
