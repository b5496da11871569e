/** Puts messages to an intent, known or new. What is wrong with a sentence is said while it is written. */

import { useEffect, useState } from "preact/hooks";

import { Modal } from "../console/modal";
import { languageName } from "../console/offer";
import { LOCALE } from "../console/words";
import { setAside } from "../core/lessons";
import { fill, plural } from "../ui/i18n";
import type { Checked, Finding } from "./api";
import { DialogEnd, Fault, lessonKey, maskedText, Name, percent, useAct, useDraft, type Draft, type Shop } from "./kit";
import { Preview } from "./preview";
import { said, t } from "./words";

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
  const words = t.teach.heard[heard.distress && heard.request !== "transfer" ? "distress" : heard.request] ?? "";
  return fill(words, { share: percent(heard.chance) });
}

/** `person`: whether it is about requests for one, so that what is heard now matters. */
export function Remarks({ checked, person = false }: { checked: Checked | null; person?: boolean }) {
  return checked === null ? (
    <div class="remarks" aria-live="polite" />
  ) : (
    <div class="remarks" aria-live="polite">
      {person && checked.heard !== null && <p class="hint">{heardText(checked.heard)}</p>}
      {checked.why !== null && <p class="error-text">{said(checked.why)}</p>}
      {checked.masked.length > 0 && checked.text !== null && (
        <p class="hint">
          {fill(t.teach.masked, { kinds: checked.masked.map(maskedText).join(", ") })} {fill(t.teach.kept, { text: checked.text })}
        </p>
      )}
      {checked.near.length === 0 && checked.why === null && <p class="hint">{t.teach.nothingNear}</p>}
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
  /** What is written so far: `name`, `topic`, and by language `sentences`, `measured`, `answer` and `title`. */
  readonly draft: Draft;
  readonly answers: readonly string[];
  readonly takenFrom: string | null;
  readonly findings: readonly string[];
  readonly onSaved: () => void;
}

const LANGUAGES = ["en", "de"] as const; // of the assistant
const MEASURED = 5; // sentences by language that say how well an intent is understood

/** Everything that a new intent needs, in both languages of the assistant. */
export function NewIntent({ shop, draft, answers, takenFrom, findings, onSaved }: NewIntentProps) {
  const topics = (shop.data?.topics ?? []).filter((one) => one !== "topics" && one !== "assistant");
  const topic = draft.of("topic") || (topics.find((one) => one === "orders") ?? topics[0] ?? ""); // the data may still be on its way
  const beside = (shop.data?.intents ?? []).filter((one) => one.topic === topic).map((one) => one.name);
  const { busy, fault, act } = useAct();
  const checked = {
    en: useCheck(shop, linesOf(draft.of("sentences.en")), "en", false),
    de: useCheck(shop, linesOf(draft.of("sentences.de")), "de", false),
  };
  const both = (field: string): { en: string; de: string } => ({ en: draft.of(`${field}.en`), de: draft.of(`${field}.de`) });
  const written = (field: string): { language: string; text: string }[] =>
    LANGUAGES.flatMap((language) => linesOf(draft.of(`${field}.${language}`)).map((text) => ({ language, text })));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        act(async () => {
          await shop.save(
            {
              type: "add_intent",
              name: nameOf(draft.of("name")),
              topic,
              title: both("title"),
              answer: both("answer"),
              sentences: written("sentences"),
              held_back: written("measured"),
              ...(takenFrom === null ? {} : { taken_from: takenFrom }),
            },
            findings,
          );
          draft.done();
          onSaved();
        });
      }}
    >
      <div class="pair">
        <label class="field">
          <span class="label">{t.teach.name}</span>
          <span class="hint">{t.teach.nameHint}</span>
          <NameInput value={draft.of("name")} onValue={(name) => draft.set({ name })} />
        </label>
        <label class="field">
          <span class="label">{t.teach.topic}</span>
          <span class="hint clamped">{topic === "" ? t.loading : fill(t.teach.beside, { intents: beside.join(", ") || t.teach.nobody })}</span>
          <select class="input" value={topic} onChange={(event) => draft.set({ topic: event.currentTarget.value })}>
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
        {LANGUAGES.map((language) => {
          const sentences = linesOf(draft.of(`sentences.${language}`));
          const measured = linesOf(draft.of(`measured.${language}`));
          const take = Math.min(MEASURED - measured.length, Math.floor(sentences.length / 2)); // most are for learning
          return (
            <fieldset key={language}>
              <legend class="language-name">{t.teach[language]}</legend>
              <Lines
                label={t.teach.sentencesLabel}
                of={t.teach[language]}
                value={draft.of(`sentences.${language}`)}
                language={language}
                rows={8}
                onValue={(text) => draft.set({ [`sentences.${language}`]: text })}
              />
              <p class="hint">{plural(LOCALE, t.teach.count, sentences.length)}</p>
              <Remarks checked={checked[language]} />
              <Lines
                label={t.teach.measured}
                of={t.teach[language]}
                hint={t.teach.measuredHint}
                value={draft.of(`measured.${language}`)}
                language={language}
                rows={3}
                onValue={(text) => draft.set({ [`measured.${language}`]: text })}
              />
              <p class="row">
                <span class="hint">{plural(LOCALE, t.teach.count, measured.length)}</span>
                {take > 0 && (
                  <button
                    type="button"
                    class="button plain"
                    aria-label={`${plural(LOCALE, t.teach.take, take)}, ${t.teach[language]}`}
                    onClick={() => {
                      const [left, aside] = setAside(sentences, take);
                      draft.set({
                        [`sentences.${language}`]: left.join("\n"),
                        [`measured.${language}`]: [...measured, ...aside].join("\n"),
                      });
                    }}
                  >
                    {plural(LOCALE, t.teach.take, take)}
                  </button>
                )}
              </p>
              <Lines
                label={t.teach.answer}
                value={draft.of(`answer.${language}`)}
                language={language}
                rows={4}
                onValue={(text) => draft.set({ [`answer.${language}`]: text })}
              />
              <label class="field">
                <span class="label">{t.teach.button}</span>
                <span class="hint">{t.teach.buttonHint}</span>
                <input
                  class="input"
                  required
                  maxLength={60}
                  value={draft.of(`title.${language}`)}
                  onInput={(event) => draft.set({ [`title.${language}`]: event.currentTarget.value })}
                />
              </label>
              {draft.of(`answer.${language}`) !== "" && <Preview text={draft.of(`answer.${language}`)} language={language} />}
            </fieldset>
          );
        })}
      </div>
      <p class="hint">{t.teach.enough}</p>
      <Fault text={fault} />
      <DialogEnd draft={draft}>
        <button type="submit" class="button primary" disabled={busy || topic === ""}>
          {busy ? t.loading : t.save}
        </button>
      </DialogEnd>
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
  readonly ids: readonly string[];
  readonly findings: readonly Finding[];
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

export function Teach({ shop, ids, findings, onClose, onSaved }: TeachProps) {
  const first = findings[0];
  const [key] = useState(() => lessonKey(shop, ids));
  const languages = shop.data?.request_languages ?? [];
  const inLanguage = (wanted: string, among: readonly string[]): string =>
    [...new Set(findings.filter((one) => spokenAs(one, among) === wanted).map((one) => one.text.replaceAll("\n", " ")))].join("\n");
  const kind = shop.drafts.get().get(key)?.fields["kind"] || null;
  const spoken = kind === null ? LANGUAGES : languages;
  const draft = useDraft(
    shop,
    key,
    {
      ...Object.fromEntries(LANGUAGES.map((one) => [`sentences.${one}`, inLanguage(one, LANGUAGES)])),
      ...Object.fromEntries(spoken.map((one) => [`text.${one}`, inLanguage(one, spoken)])),
      language: first === undefined ? "en" : spokenAs(first, spoken),
    },
    onClose,
    ids,
  );
  const intent = draft.of("intent");
  const language = spoken.find((one) => one === draft.of("language")) ?? "en";
  const text = draft.of(`text.${language}`);
  const { busy, fault, act } = useAct();
  const checked = useCheck(shop, linesOf(text), language, kind !== null || intent === "request_human");
  const teachable = (shop.data?.intents ?? []).filter((one) => one.teachable);
  const suggested = (checked?.ranking.length ? checked.ranking : (first?.ranking ?? [])).filter(
    (one) => shop.data === null || teachable.some((it) => it.name === one.intent),
  );
  const fresh = intent === "+";
  const means = (wanted: string, wantedKind: string): void => draft.set({ intent: wanted, kind: wantedKind });
  const answers = [...new Set(findings.flatMap((one) => one.answers))].slice(0, 4);
  return (
    <Modal title={t.teach.title} onClose={draft.leave}>
      <div class="modal-body wide">
        <fieldset class="choices">
          <legend>{t.teach.to}</legend>
          {suggested.slice(0, 3).map((one) => (
            <label key={one.intent} class="choice">
              <input type="radio" name="intent" checked={intent === one.intent} onChange={() => means(one.intent, "")} />
              <span>
                <Name of={one.intent} />
              </span>
              <span class="badge">{percent(one.confidence)}</span>
            </label>
          ))}
          <label class="choice">
            <input type="radio" name="intent" checked={fresh} onChange={() => means("+", "")} />
            {t.teach.fresh}
          </label>
          <label class="field">
            <span class="visually-hidden">{t.teach.others}</span>
            <select class="input" value={fresh ? "" : intent} onChange={(event) => means(event.currentTarget.value, "")}>
              <option value="">{t.teach.others}</option>
              {teachable.map((one) => (
                <option key={one.name} value={one.name}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
        </fieldset>
        <KindChoice name="intent" label={t.teach.person} kind={kind} onKind={(wanted) => means("", wanted)} />
        {fresh ? (
          <NewIntent shop={shop} draft={draft} answers={answers} takenFrom={null} findings={ids} onSaved={onSaved} />
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              act(async () => {
                await shop.save(
                  kind === null
                    ? { type: "add_sentences", intent, language, texts: linesOf(text), keep_back: draft.of("keep_back") !== "" }
                    : { type: "add_requests", kind, language, texts: linesOf(text) },
                  ids,
                );
                draft.done();
                onSaved();
              });
            }}
          >
            <label class="field">
              <span class="label">{t.teach.language}</span>
              <select class="input" value={language} onChange={(event) => draft.set({ language: event.currentTarget.value })}>
                {spoken.map((one) => (
                  <option key={one} value={one}>
                    {languageName(one)}
                  </option>
                ))}
              </select>
            </label>
            <Lines
              label={t.teach.sentences}
              hint={t.teach.sentencesHint}
              value={text}
              onValue={(written) => draft.set({ [`text.${language}`]: written })}
              language={language}
            />
            <Remarks checked={checked} person={kind !== null} />
            {kind === null && <KeepBack draft={draft} />}
            <Fault text={fault} />
            <DialogEnd draft={draft}>
              <button type="submit" class="button primary" disabled={busy || (intent === "" && kind === null) || linesOf(text).length === 0}>
                {t.save}
              </button>
            </DialogEnd>
          </form>
        )}
      </div>
    </Modal>
  );
}

/** The language of a message, where it is among those that can be chosen. */
const spokenAs = (one: Finding, among: readonly string[]): string => (among.includes(one.language) ? one.language : "en");

export function KeepBack({ draft }: { draft: Draft }) {
  return (
    <label class="choice">
      <input
        type="checkbox"
        checked={draft.of("keep_back") !== ""}
        onChange={(event) => draft.set({ keep_back: event.currentTarget.checked ? "yes" : "" })}
      />
      {t.teach.keepBack}
    </label>
  );
}
