/** Puts messages to an intent, known or new. What is wrong with a sentence is said while it is written. */

import { useEffect, useState } from "preact/hooks";

import { Modal } from "../console/modal";
import { languageName } from "../console/offer";
import { LOCALE } from "../console/words";
import { fill, plural } from "../ui/i18n";
import type { Checked, Finding, Score } from "./api";
import { Fault, percent, useAct, type Shop } from "./kit";
import { Preview } from "./preview";
import { t } from "./words";

const CHECK_AFTER_MS = 350; // a pause in typing
const CHECKED_AT_ONCE = 4; // the last lines, which somebody is writing; all are checked when they are saved

export const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** What the server says to the first line that it has something to say about. `person`: whether the lines are about
 * wanting one; else it is no matter that a sentence is known to be no such request. */
export function useCheck(shop: Shop, lines: readonly string[], language: string, person: boolean): Checked | null {
  const [found, setFound] = useState<Checked | null>(null);
  const key = [person, ...lines].join("\n");
  useEffect(() => {
    if (lines.length === 0) {
      setFound(null);
      return;
    }
    let current = true;
    const timer = setTimeout(() => {
      Promise.all(lines.slice(-CHECKED_AT_ONCE).map((line) => shop.api.check(line, language))).then(
        (answers) => {
          const all = answers.map((one) => (person ? one : { ...one, near: one.near.filter((near) => near.kind !== "sounds_like_it") }));
          if (current) setFound(all.find((one) => one.why !== null || one.near.length > 0 || one.masked.length > 0) ?? all[0] ?? null);
        },
        () => undefined, // what is saved is checked again
      );
    }, CHECK_AFTER_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [key, language]);
  return found;
}

export const KINDS = ["asks", "sounds_like_it", "distress"] as const;

function heardText(heard: NonNullable<Checked["heard"]>): string {
  const said = t.teach.heard[heard.distress && heard.request !== "transfer" ? "distress" : heard.request] ?? "";
  return fill(said, { share: percent(heard.chance) });
}

/** `person`: whether it is about requests for one, so that what is heard now matters. */
export function Remarks({ checked, person = false }: { checked: Checked | null; person?: boolean }) {
  if (checked === null) return null;
  return (
    <div class="remarks" aria-live="polite">
      {person && checked.heard !== null && <p class="hint">{heardText(checked.heard)}</p>}
      {checked.why !== null && <p class="error-text">{checked.why}</p>}
      {checked.masked.length > 0 && checked.text !== null && (
        <p class="hint">
          {fill(t.teach.masked, { kinds: checked.masked.join(", ") })} {fill(t.teach.kept, { text: checked.text })}
        </p>
      )}
      {checked.near.length > 0 && (
        <>
          <p class="warn-text">{t.teach.near}</p>
          <ul>
            {checked.near.map((one) => (
              <li key={`${one.kind ?? ""} ${one.text}`}>
                {fill(t.teach.nearAs, { text: one.text, intent: one.intent ?? t.teach.kinds[one.kind ?? ""] ?? "" })}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

export function Lines({
  label,
  of,
  hint,
  value,
  onValue,
  rows = 5,
  language,
}: {
  label: string;
  /** What it belongs to, for those who do not see where it stands. */
  of?: string;
  hint?: string;
  value: string;
  onValue: (text: string) => void;
  rows?: number;
  language?: string;
}) {
  return (
    <label class="field">
      <span class="label">
        {label}
        {of !== undefined && <span class="visually-hidden">, {of}</span>}
      </span>
      {hint !== undefined && <span class="hint">{hint}</span>}
      <textarea class="input" rows={rows} lang={language} value={value} onInput={(event) => onValue(event.currentTarget.value)} />
    </label>
  );
}

const UMLAUTS: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue", ß: "ss" };

/** What somebody writes as a name, as the files can keep it: “Gift wrapping” is gift_wrapping. */
export const nameOf = (written: string): string =>
  written
    .toLowerCase()
    .replace(/[äöüß]/g, (letter) => UMLAUTS[letter] ?? "")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_$/g, "");

/** Shows what will be kept as soon as somebody is done writing. */
export function NameInput({ value, onValue }: { value: string; onValue: (name: string) => void }) {
  return (
    <input
      class="input"
      required
      minLength={2}
      value={value}
      onInput={(event) => onValue(event.currentTarget.value)}
      onBlur={(event) => onValue(nameOf(event.currentTarget.value))}
    />
  );
}

interface NewIntentProps {
  readonly shop: Shop;
  readonly start: Readonly<Record<string, string>>;
  readonly answers: readonly string[];
  readonly takenFrom: string | null;
  readonly findings: readonly string[];
  readonly onSaved: () => void;
}

/** Everything that a new intent needs, in both languages of the assistant. */
export function NewIntent({ shop, start, answers, takenFrom, findings, onSaved }: NewIntentProps) {
  const [name, setName] = useState("");
  const [chosenTopic, setTopic] = useState<string | null>(null);
  const topics = (shop.data?.topics ?? []).filter((one) => one !== "topics" && one !== "assistant");
  const topic = chosenTopic ?? topics.find((one) => one === "orders") ?? topics[0] ?? ""; // the data may still be on its way
  const [title, setTitle] = useState({ en: "", de: "" });
  const [answer, setAnswer] = useState({ en: "", de: "" });
  const [sentences, setSentences] = useState({ en: start["en"] ?? "", de: start["de"] ?? "" });
  const { busy, fault, act } = useAct();
  const checked = useCheck(shop, linesOf(sentences.en), "en", false);
  const checkedGerman = useCheck(shop, linesOf(sentences.de), "de", false);
  const languages = ["en", "de"] as const;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        act(async () => {
          await shop.save(
            {
              type: "add_intent",
              name: nameOf(name),
              topic,
              title,
              answer,
              sentences: languages.flatMap((language) => linesOf(sentences[language]).map((text) => ({ language, text }))),
              ...(takenFrom === null ? {} : { taken_from: takenFrom }),
            },
            findings,
          );
          onSaved();
        });
      }}
    >
      <div class="pair">
        <label class="field">
          <span class="label">{t.teach.name}</span>
          <span class="hint">{t.teach.nameHint}</span>
          <NameInput value={name} onValue={setName} />
        </label>
        <label class="field">
          <span class="label">{t.teach.topic}</span>
          <span class="hint">{topic === "" ? t.loading : `data/nlu/${topic}.yml`}</span>
          <select class="input" value={topic} onChange={(event) => setTopic(event.currentTarget.value)}>
            {topics.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      </div>
      {answers.length > 0 && (
        <div class="answer-of-agent">
          <p class="hint">{t.teach.agentSaid}</p>
          {answers.map((text, place) => (
            <p key={place}>{text}</p>
          ))}
        </div>
      )}
      <div class="pair">
        {languages.map((language) => (
          <fieldset key={language}>
            <legend>{t.teach[language]}</legend>
            <Lines
              label={t.teach.sentencesLabel}
              of={t.teach[language]}
              value={sentences[language]}
              language={language}
              rows={8}
              onValue={(text) => setSentences({ ...sentences, [language]: text })}
            />
            <p class="hint">{plural(LOCALE, t.teach.count, linesOf(sentences[language]).length)}</p>
            <Remarks checked={language === "en" ? checked : checkedGerman} />
            <Lines
              label={t.teach.answer}
              value={answer[language]}
              language={language}
              rows={4}
              onValue={(text) => setAnswer({ ...answer, [language]: text })}
            />
            <label class="field">
              <span class="label">{t.teach.button}</span>
              <span class="hint">{t.teach.buttonHint}</span>
              <input
                class="input"
                required
                maxLength={60}
                value={title[language]}
                onInput={(event) => setTitle({ ...title, [language]: event.currentTarget.value })}
              />
            </label>
            {answer[language] !== "" && <Preview text={answer[language]} language={language} />}
          </fieldset>
        ))}
      </div>
      <p class="hint">{t.teach.enough}</p>
      <Fault text={fault} />
      <div class="row end">
        <button type="submit" class="button primary" disabled={busy || topic === ""}>
          {busy ? t.loading : t.save}
        </button>
      </div>
    </form>
  );
}

interface KindProps {
  readonly name: string;
  readonly label: string;
  readonly kind: string | null;
  readonly onKind: (kind: string) => void;
}

/** What a sentence says about wanting a person. */
export function KindChoice({ name, label, kind, onKind }: KindProps) {
  return (
    <fieldset class="choices">
      <legend>{label}</legend>
      {KINDS.map((one) => (
        <label key={one} class="choice">
          <input type="radio" name={name} checked={kind === one} onChange={() => onKind(one)} />
          {t.teach.kinds[one]}
        </label>
      ))}
    </fieldset>
  );
}

interface TeachProps {
  readonly shop: Shop;
  readonly findings: readonly Finding[];
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

export function Teach({ shop, findings, onClose, onSaved }: TeachProps) {
  const first = findings[0];
  const [kind, setKind] = useState<string | null>(null);
  const spoken = kind === null ? ["en", "de"] : (shop.data?.request_languages ?? []);
  const languageOf = (one: Finding, among: readonly string[] = spoken): string => (among.includes(one.language) ? one.language : "en");
  const [language, setLanguage] = useState<string>(first === undefined ? "en" : languageOf(first));
  const inLanguage = (wanted: string, among: readonly string[] = spoken): string =>
    [...new Set(findings.filter((one) => languageOf(one, among) === wanted).map((one) => one.text.replaceAll("\n", " ")))].join("\n");
  const [text, setText] = useState(inLanguage(language));
  const [intent, setIntent] = useState("");
  const [keepBack, setKeepBack] = useState(false);
  const { busy, fault, act } = useAct();
  const checked = useCheck(shop, linesOf(text), language, kind !== null || intent === "request_human");
  const suggested: readonly Score[] = checked?.ranking.length ? checked.ranking : (first?.ranking ?? []);
  const fresh = intent === "+";
  const means = (wanted: string, wantedKind: string | null): void => {
    setIntent(wanted);
    if (wantedKind === kind) return;
    setKind(wantedKind);
    if ((wantedKind === null) === (kind === null)) return;
    // Other languages can be chosen now: what is written stays, as long as its language is among them.
    const among = wantedKind === null ? ["en", "de"] : (shop.data?.request_languages ?? []);
    const next = first === undefined ? "en" : languageOf(first, among);
    if (next === language) return;
    setLanguage(next);
    setText(inLanguage(next, among));
  };
  const answers = [...new Set(findings.flatMap((one) => one.answers))].slice(0, 4);
  return (
    <Modal title={t.teach.title} onClose={onClose}>
      <div class="modal-body wide">
        <fieldset class="choices">
          <legend>{t.teach.to}</legend>
          {suggested.slice(0, 3).map((one) => (
            <label key={one.intent} class="choice">
              <input type="radio" name="intent" checked={intent === one.intent} onChange={() => means(one.intent, null)} />
              {one.intent} <span class="badge">{percent(one.confidence)}</span>
            </label>
          ))}
          <label class="choice">
            <input type="radio" name="intent" checked={fresh} onChange={() => means("+", null)} />
            {t.teach.fresh}
          </label>
          <label class="field">
            <span class="visually-hidden">{t.teach.others}</span>
            <select class="input" value={fresh ? "" : intent} onChange={(event) => means(event.currentTarget.value, null)}>
              <option value="">{t.teach.others}</option>
              {shop.data?.intents.filter((one) => one.teachable).map((one) => (
                <option key={one.name} value={one.name}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
        </fieldset>
        <KindChoice name="intent" label={t.teach.person} kind={kind} onKind={(wanted) => means("", wanted)} />
        {fresh ? (
          <NewIntent
            shop={shop}
            start={{ en: inLanguage("en"), de: inLanguage("de") }}
            answers={answers}
            takenFrom={null}
            findings={findings.map((one) => one.id)}
            onSaved={onSaved}
          />
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              act(async () => {
                await shop.save(
                  kind === null
                    ? { type: "add_sentences", intent, language, texts: linesOf(text), keep_back: keepBack }
                    : { type: "add_requests", kind, language, texts: linesOf(text) },
                  findings.map((one) => one.id),
                );
                onSaved();
              });
            }}
          >
            <label class="field">
              <span class="label">{t.teach.language}</span>
              <select
                class="input"
                value={language}
                onChange={(event) => {
                  setLanguage(event.currentTarget.value);
                  setText(inLanguage(event.currentTarget.value));
                }}
              >
                {spoken.map((one) => (
                  <option key={one} value={one}>
                    {languageName(one)}
                  </option>
                ))}
              </select>
            </label>
            <Lines label={t.teach.sentences} hint={t.teach.sentencesHint} value={text} onValue={setText} language={language} />
            <Remarks checked={checked} person={kind !== null} />
            {kind === null && (
              <label class="choice">
                <input type="checkbox" checked={keepBack} onChange={(event) => setKeepBack(event.currentTarget.checked)} />
                {t.teach.keepBack}
              </label>
            )}
            <Fault text={fault} />
            <div class="row end">
              <button type="button" class="button" onClick={onClose}>
                {t.cancel}
              </button>
              <button type="submit" class="button primary" disabled={busy || (intent === "" && kind === null) || linesOf(text).length === 0}>
                {t.save}
              </button>
            </div>
          </form>
        )}
      </div>
    </Modal>
  );
}
