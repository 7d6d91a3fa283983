import { plain } from "../normalise.ts";
import { CONCEPTS, type Concept } from "./concepts.ts";
import type { Names } from "./names.ts";
import type { Marks } from "./sentence.ts";
import { sentencesOf } from "./sentences.ts";
import type { Place } from "./sign.ts";
import type { DefinitionText, Role, Texts } from "./texts.ts";

const MOST_NAME = 200;
const MOST_PURPOSE = 4_096;
const NAMELESS: Names = { own: "", nouns: new Set(), parameters: new Set(), others: new Set() };

/** What the name, the title and the parameters speak of. */
function purposeOf({ texts }: Texts, marks: Marks): ReadonlySet<Concept> {
  let named = "";
  for (const { role, field, plain: own } of texts)
    if (role === "name" || field === "/title") named += `${named === "" ? "" : " ; "}${own.text.slice(0, MOST_NAME)}`;
  const words = named.replaceAll(/(?<=[a-z])(?=[A-Z])|[_./-]+/g, " ");
  const about = new Set<Concept>();
  for (const sentence of sentencesOf(plain(words.slice(0, MOST_PURPOSE)), NAMELESS, marks))
    for (const number of sentence.named()) about.add(CONCEPTS[number] as Concept);
  if (/\benv(?:ironment)?\b/i.test(words)) about.add("sensitive");
  if (/\bkeys?\b/i.test(words)) about.add("secret");
  return about;
}

/** What is known of a definition while its texts are read. */
export class Known {
  readonly names: Names;
  readonly marks: Marks;
  readonly readOnly: boolean;
  readonly #texts: Texts;
  #about: ReadonlySet<Concept> | undefined;

  /** @param marks where its words stand; written to */
  constructor(texts: Texts, names: Names, marks: Marks) {
    this.#texts = texts;
    this.names = names;
    this.marks = marks;
    this.readOnly = texts.readOnly;
  }

  /** What the name, the title and the parameters speak of, read when a sign asks for it. */
  get about(): ReadonlySet<Concept> {
    return (this.#about ??= purposeOf(this.#texts, this.marks));
  }
}

/** Where the sentences of a text stand. */
export class Standing implements Place {
  readonly role: Role;
  readonly first: boolean;
  readonly parameter: string | undefined;
  readonly #known: Known;

  constructor({ role, parameter }: DefinitionText, first: boolean, known: Known) {
    this.role = role;
    this.first = first;
    this.parameter = parameter?.toLowerCase();
    this.#known = known;
  }

  get about(): ReadonlySet<Concept> {
    return this.#known.about;
  }

  get readOnly(): boolean {
    return this.#known.readOnly;
  }
}
