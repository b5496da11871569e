/** What the assistant knows: intents with their sentences, answers, rules and stories, and what does not fit together. */

import { useEffect, useRef, useState } from "preact/hooks";

import { Modal } from "../console/modal";
import { LOCALE } from "../console/words";
import { fill, plural } from "../ui/i18n";
import type { Answer, Course, Sentence } from "./api";
import { CourseEditor, courseKey, NEW_COURSE } from "./courses";
import { Confirm, DialogEnd, DraftMark, Empty, Fault, Name, useAct, useBroughtIntoView, useDraft, useLoaded, type Shop } from "./kit";
import { Preview } from "./preview";
import { Requests } from "./requests";
import { KeepBack, Lines, linesOf, NameInput, nameOf, NewIntent, Remarks, useCheck } from "./teach";
import { fileName, said, t } from "./words";

type Section = "intents" | "answers" | "courses" | "requests" | "problems";
const SECTIONS: readonly Section[] = ["intents", "answers", "courses", "requests", "problems"];

type Dialog = "add" | "rename" | "merge" | "split" | null;

function Sentences({ shop, name, onGone }: { shop: Shop; name: string; onGone: (next: string | null) => void }) {
  const version = JSON.stringify(shop.data?.versions);
  const { value, fault, again } = useLoaded(() => shop.api.intent(name), name + version);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<Dialog>(null);
  const [marking, setMarking] = useState<{ language: string; text: string } | null>(null);
  const [text, setText] = useState("");
  const { busy, fault: failed, act } = useAct();
  const fixed = shop.data?.intents.find((one) => one.name === name)?.fixed === true;
  const others = (shop.data?.intents ?? []).filter((one) => one.name !== name && one.teachable);
  const key = (one: { language: string; text: string }): string => `${one.language} ${one.text}`;
  const picked = value?.sentences.filter((one) => chosen.has(key(one))) ?? [];
  const close = (): void => {
    setDialog(null);
    setText("");
  };
  return (
    <section ref={useBroughtIntoView()} class="detail" aria-label={fill(t.knowledge.sentencesOf, { intent: name })}>
      <h2>
        <Name of={name} />
      </h2>
      <div class="row">
        <button type="button" class="button primary" onClick={() => setDialog("add")}>
          {t.knowledge.add} <DraftMark shop={shop} of={`sentences of ${name}`} />
        </button>
        {!fixed && (
          <>
            <button type="button" class="button" onClick={() => setDialog("rename")}>
              {t.knowledge.rename}
            </button>
            <button type="button" class="button" onClick={() => setDialog("merge")}>
              {t.knowledge.merge}
            </button>
          </>
        )}
      </div>
      {fixed && <p class="hint">{t.knowledge.fixed}</p>}
      {value !== null && (
        <details>
          <summary>{plural(LOCALE, t.knowledge.heldBack, value.held_back.length)}</summary>
          <p class="hint">{t.knowledge.heldBackHint}</p>
          <ul class="sentences held">
            {value.held_back.map((one) => (
              <li key={key(one)} lang={one.language} dir="auto">
                {one.text}
              </li>
            ))}
          </ul>
        </details>
      )}
      <Fault text={fault ?? failed} />
      {picked.length > 0 && (
        <div class="row chosen">
          <label class="row">
            {plural(LOCALE, t.knowledge.moveChosen, picked.length)}
            <select
              class="input"
              value=""
              disabled={busy}
              onChange={(event) => {
                const to = event.currentTarget.value;
                if (to === "") return;
                act(async () => {
                  for (const wanted of new Set(picked.map((one) => one.language))) {
                    const texts = picked.filter((one) => one.language === wanted).map((one) => one.text);
                    await shop.save({ type: "move_sentences", intent: name, language: wanted, texts, to });
                  }
                  setChosen(new Set());
                  again();
                });
              }}
            >
              <option value="">…</option>
              {others.map((one) => (
                <option key={one.name}>{one.name}</option>
              ))}
            </select>
          </label>
          <button type="button" class="button" onClick={() => setDialog("split")}>
            {plural(LOCALE, t.knowledge.split, picked.length)}
          </button>
        </div>
      )}
      {(["en", "de"] as const).map((wanted) => (
        <div key={wanted}>
          <h3>{t.teach[wanted]}</h3>
          <ul class="sentences">
            {value?.sentences
              .filter((one) => one.language === wanted)
              .map((one) => (
                <li key={one.text} class="row">
                  <label class="choice grow" lang={wanted}>
                    <input
                      type="checkbox"
                      checked={chosen.has(key(one))}
                      onChange={() => {
                        const next = new Set(chosen);
                        if (!next.delete(key(one))) next.add(key(one));
                        setChosen(next);
                      }}
                    />
                    <span dir="auto">{one.text}</span>
                  </label>
                  <button type="button" class="button plain" onClick={() => setMarking(one)}>
                    {t.knowledge.mark} <DraftMark shop={shop} of={markKey(name, one)} />
                  </button>
                  <button
                    type="button"
                    class="button plain danger"
                    disabled={busy}
                    aria-label={`${t.knowledge.remove}: ${one.text}`}
                    onClick={() => act(async () => shop.save({ type: "remove_sentence", intent: name, language: wanted, text: one.text }).then(again))}
                  >
                    {t.knowledge.remove}
                  </button>
                </li>
              ))}
          </ul>
        </div>
      ))}
      {dialog === "add" && <AddSentences shop={shop} intent={name} onClose={close} onSaved={again} />}
      {(dialog === "rename" || dialog === "merge") && (
        <Modal title={dialog === "rename" ? t.knowledge.rename : t.knowledge.merge} onClose={close}>
          <form
            class="modal-body"
            onSubmit={(event) => {
              event.preventDefault();
              act(async () => {
                await shop.save(dialog === "rename" ? { type: "rename_intent", name, to: nameOf(text) } : { type: "merge_intents", name, into: text });
                onGone(dialog === "rename" ? nameOf(text) : text);
              });
            }}
          >
            {dialog === "rename" ? (
              <label class="field">
                <span class="label">{t.knowledge.renameTo}</span>
                <span class="hint">{t.teach.nameHint}</span>
                <NameInput value={text} onValue={setText} />
              </label>
            ) : (
              <label class="field">
                <span class="label">{fill(t.knowledge.mergeText, { intent: name })}</span>
                <select class="input" required value={text} onChange={(event) => setText(event.currentTarget.value)}>
                  <option value="">…</option>
                  {others.map((one) => (
                    <option key={one.name}>{one.name}</option>
                  ))}
                </select>
              </label>
            )}
            <Fault text={failed} />
            <DialogEnd onClose={close}>
              <button type="submit" class="button primary" disabled={busy || text === ""}>
                {t.save}
              </button>
            </DialogEnd>
          </form>
        </Modal>
      )}
      {dialog === "split" && (
        <Split
          shop={shop}
          from={name}
          sentences={picked}
          onClose={close}
          onSaved={() => {
            setChosen(new Set());
            again();
          }}
        />
      )}
      {marking !== null && (
        <Mark shop={shop} intent={name} sentence={marking} onClose={() => setMarking(null)} onSaved={again} />
      )}
    </section>
  );
}

interface AboutIntent {
  readonly shop: Shop;
  readonly intent: string;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

function AddSentences({ shop, intent, onClose, onSaved }: AboutIntent) {
  const draft = useDraft(shop, `sentences of ${intent}`, { language: "en" }, onClose);
  const language = draft.of("language");
  const lines = linesOf(draft.of("text"));
  const { busy, fault, act } = useAct();
  const checked = useCheck(shop, lines, language, intent === "request_human");
  return (
    <Modal title={fill(t.knowledge.addTo, { intent })} onClose={draft.leave}>
      <form
        class="modal-body"
        onSubmit={(event) => {
          event.preventDefault();
          act(async () => {
            await shop.save({ type: "add_sentences", intent, language, texts: lines, keep_back: draft.of("keep_back") !== "" });
            draft.done();
            onClose();
            onSaved();
          });
        }}
      >
        <label class="field">
          <span class="label">{t.teach.language}</span>
          <select class="input" value={language} onChange={(event) => draft.set({ language: event.currentTarget.value })}>
            <option value="en">{t.teach.en}</option>
            <option value="de">{t.teach.de}</option>
          </select>
        </label>
        <Lines
          label={t.teach.sentences}
          hint={t.knowledge.addHint}
          value={draft.of("text")}
          onValue={(text) => draft.set({ text })}
          language={language}
        />
        <Remarks checked={checked} />
        <KeepBack draft={draft} />
        <Fault text={fault} />
        <DialogEnd draft={draft}>
          <button type="submit" class="button primary" disabled={busy || lines.length === 0}>
            {t.save}
          </button>
        </DialogEnd>
      </form>
    </Modal>
  );
}

interface SplitProps {
  readonly shop: Shop;
  readonly from: string;
  readonly sentences: readonly Sentence[];
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

function Split({ shop, from, sentences, onClose, onSaved }: SplitProps) {
  const inLanguage = (language: string): string =>
    sentences
      .filter((one) => one.language === language)
      .map((one) => one.text)
      .join("\n");
  const key = `split ${from}: ${sentences.map((one) => one.text).join(" | ")}`;
  const draft = useDraft(shop, key, { "sentences.en": inLanguage("en"), "sentences.de": inLanguage("de") }, onClose);
  return (
    <Modal title={t.teach.newIntent} onClose={draft.leave}>
      <div class="modal-body wide">
        <NewIntent
          shop={shop}
          draft={draft}
          answers={[]}
          takenFrom={from}
          findings={[]}
          onSaved={() => {
            onClose();
            onSaved();
          }}
        />
      </div>
    </Modal>
  );
}

const markKey = (intent: string, { language, text }: Sentence): string => `mark ${intent} ${language}: ${text}`;

function Mark({ shop, intent, sentence, onClose, onSaved }: AboutIntent & { readonly sentence: Sentence }) {
  const draft = useDraft(shop, markKey(intent, sentence), { text: sentence.text }, onClose);
  const text = draft.of("text");
  const field = useRef<HTMLTextAreaElement>(null);
  const { busy, fault, act } = useAct();
  const mark = (entity: string): void => {
    const at = field.current;
    if (at === null || at.selectionStart === at.selectionEnd) return;
    const words = text.slice(at.selectionStart, at.selectionEnd);
    const inner = words.trim();
    if (inner === "" || /[[\]()]/.test(inner)) return;
    const start = at.selectionStart + words.indexOf(inner);
    draft.set({ text: `${text.slice(0, start)}[${inner}](${entity})${text.slice(start + inner.length)}` });
  };
  return (
    <Modal title={t.knowledge.mark} onClose={draft.leave}>
      <div class="modal-body">
        <label class="field">
          <span class="hint">{t.knowledge.markHint}</span>
          <textarea ref={field} class="input" rows={3} value={text} onInput={(event) => draft.set({ text: event.currentTarget.value })} />
        </label>
        <div class="row" role="group" aria-label={t.knowledge.markAs}>
          <span class="hint">{t.knowledge.markAs}</span>
          {shop.data?.entities.map((entity) => (
            <button key={entity} type="button" class="button" onClick={() => mark(entity)}>
              {entity}
            </button>
          ))}
        </div>
        <Fault text={fault} />
        <DialogEnd draft={draft}>
          <button
            type="button"
            class="button primary"
            disabled={busy || !draft.written}
            onClick={() =>
              act(async () => {
                await shop.save({ type: "change_sentence", intent, language: sentence.language, text: sentence.text, to: text });
                draft.done();
                onSaved();
                onClose();
              })
            }
          >
            {t.save}
          </button>
        </DialogEnd>
      </div>
    </Modal>
  );
}

function Intents({ shop, search }: { shop: Shop; search: string }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = (shop.data?.intents ?? []).filter((one) => one.name.includes(search.toLowerCase()));
  return (
    <div class="two narrow">
      <ul class="cards" aria-label={t.knowledge.intents}>
        {shown.map((one) => (
          <li key={one.name}>
            <button type="button" class="card pick slim" aria-pressed={one.name === chosen} onClick={() => setChosen(one.name)}>
              <strong>
                <Name of={one.name} />
              </strong>
              <span class="hint">
                {Object.entries(one.sentences)
                  .map(([language, count]) => `${language} ${count}`)
                  .join(" · ")}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {chosen === null ? <Empty>{t.knowledge.choose}</Empty> : <Sentences key={chosen} shop={shop} name={chosen} onGone={setChosen} />}
    </div>
  );
}

function OneAnswer({ shop, name, variants }: { shop: Shop; name: string; variants: readonly Answer[] }) {
  return (
    <li class="card">
      <h2>
        <Name of={name} />
      </h2>
      <div class="pair">
        {(["en", "de"] as const).map((language) => {
          const answer = variants.find((one) => one.language === language);
          return <Variant key={language} shop={shop} answer={answer ?? { name, language, text: "", buttons: [] }} />;
        })}
      </div>
    </li>
  );
}

function Variant({ shop, answer }: { shop: Shop; answer: Answer }) {
  const key = `answer ${answer.name} ${answer.language}`;
  const [open, setOpen] = useState(false);
  const draft = useDraft(shop, key, { text: answer.text }, () => setOpen(false));
  const { busy, fault, act } = useAct();
  const label = t.teach.languages[answer.language] ?? answer.language;
  if (!open) {
    return (
      <div>
        <p class="row">
          <strong>{label}</strong>
          <button type="button" class="button plain" aria-label={`${answer.text === "" ? t.knowledge.write : t.knowledge.edit}: ${answer.name}, ${label}`} onClick={() => setOpen(true)}>
            {answer.text === "" ? t.knowledge.write : t.knowledge.edit} <DraftMark shop={shop} of={key} />
          </button>
        </p>
        {answer.text === "" ? (
          <p class="hint">{t.knowledge.missing}</p>
        ) : (
          <p class="words" lang={answer.language}>
            {answer.text}
          </p>
        )}
      </div>
    );
  }
  const text = draft.of("text");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        act(async () => {
          await shop.save({ type: "set_answer", name: answer.name, language: answer.language, text });
          draft.done();
          setOpen(false);
        });
      }}
    >
      <Lines
        label={fill(t.knowledge.newAnswer, { language: label })}
        hint={t.knowledge.fills}
        value={text}
        onValue={(written) => draft.set({ text: written })}
        language={answer.language}
      />
      <Preview text={text} language={answer.language} buttons={answer.buttons} />
      <Fault text={fault} />
      <DialogEnd draft={draft}>
        <button type="submit" class="button primary" disabled={busy || !draft.written}>
          {t.save}
        </button>
      </DialogEnd>
    </form>
  );
}

function Answers({ shop, search }: { shop: Shop; search: string }) {
  const wanted = search.toLowerCase();
  const byName = new Map<string, Answer[]>();
  for (const one of shop.data?.answers ?? []) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
  const shown = [...byName].filter(([name, all]) => name.includes(wanted) || all.some((one) => one.text.toLowerCase().includes(wanted)));
  return (
    <ul class="cards">
      {shown.map(([name, variants]) => (
        <OneAnswer key={name} shop={shop} name={name} variants={variants} />
      ))}
    </ul>
  );
}

function Courses({ shop, search }: { shop: Shop; search: string }) {
  const [editing, setEditing] = useState<Course | "new" | null>(null);
  const [removing, setRemoving] = useState<Course | null>(null);
  const { fault, act } = useAct();
  const wanted = search.toLowerCase();
  const shown = (shop.data?.courses ?? []).filter(
    (one) => one.name.toLowerCase().includes(wanted) || one.steps.some((step) => step.name.includes(wanted)),
  );
  return (
    <>
      <p>
        <button type="button" class="button primary" onClick={() => setEditing("new")}>
          {t.knowledge.newCourse} <DraftMark shop={shop} of={NEW_COURSE} />
        </button>
      </p>
      <Fault text={fault} />
      <ul class="cards grid">
        {shown.map((one) => (
          <li key={`${one.path} ${one.name}`} class="card">
            <p class="row">
              <strong>{one.name}</strong> <span class="badge">{t.knowledge.kinds[one.kind]}</span>
            </p>
            <p class="hint">{fileName(one.path)}</p>
            <ol class="flow">
              {one.steps.map((step, place) => (
                <li key={place} class={step.kind}>
                  {step.said ?? <Name of={step.name} />}
                </li>
              ))}
            </ol>
            <div class="row">
              <button type="button" class="button plain" onClick={() => setEditing(one)}>
                {t.knowledge.edit} <DraftMark shop={shop} of={courseKey(one)} />
              </button>
              <button type="button" class="button plain danger" onClick={() => setRemoving(one)}>
                {t.knowledge.removeCourse}
              </button>
            </div>
          </li>
        ))}
      </ul>
      {editing !== null && (
        <CourseEditor
          shop={shop}
          start={editing === "new" ? null : { key: courseKey(editing), kind: editing.kind, yaml: editing.yaml, note: null, replaces: editing }}
          onClose={() => setEditing(null)}
        />
      )}
      {removing !== null && (
        <Confirm
          title={t.knowledge.removeCourse}
          yes={t.knowledge.removeCourse}
          danger
          onNo={() => setRemoving(null)}
          onYes={() => {
            const { path, name } = removing;
            setRemoving(null);
            act(() => shop.save({ type: "remove_course", path, name }));
          }}
        >
          <p>{fill(t.knowledge.removeCourseText, { name: removing.name, file: fileName(removing.path) })}</p>
        </Confirm>
      )}
    </>
  );
}

function Problems({ shop }: { shop: Shop }) {
  const { value, fault } = useLoaded(() => shop.api.problems(), JSON.stringify(shop.data?.versions));
  if (value === null) return fault === null ? <Empty>{t.loading}</Empty> : <Fault text={fault} />;
  if (value.problems.length === 0) return <Empty>{t.knowledge.noProblems}</Empty>;
  const errors = value.problems.filter((one) => one.severity === "error").length;
  return (
    <>
      <p class="row">
        <span class={errors > 0 ? "badge bad" : "badge good"}>{plural(LOCALE, t.knowledge.errors, errors)}</span>
        <span class="badge warn">{plural(LOCALE, t.knowledge.warnings, value.problems.length - errors)}</span>
      </p>
      <ul class="cards">
        {value.problems.map((one) => (
          <li key={one.text} class={`card remark ${one.severity}`}>
            <strong>{one.about}</strong> {said(one.text)}
          </li>
        ))}
      </ul>
    </>
  );
}

export function Knowledge({ shop }: { shop: Shop }) {
  const [section, setSection] = useState<Section>("intents");
  const [search, setSearch] = useState("");
  useEffect(shop.reload, []);
  return (
    <>
      <h1>{t.tabs["knowledge"]}</h1>
      <div class="row filters">
        <div class="row" role="group" aria-label={t.knowledge.sections}>
          {SECTIONS.map((one) => (
            <button key={one} type="button" class="button" aria-pressed={one === section} onClick={() => setSection(one)}>
              {t.knowledge[one]}
            </button>
          ))}
        </div>
        {section !== "problems" && (
          <input
            class="input search"
            type="search"
            placeholder={t.knowledge.search}
            aria-label={t.knowledge.search}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        )}
      </div>
      {shop.data === null && <Empty>{t.loading}</Empty>}
      {shop.data !== null && section === "intents" && <Intents shop={shop} search={search} />}
      {shop.data !== null && section === "answers" && <Answers shop={shop} search={search} />}
      {shop.data !== null && section === "courses" && <Courses shop={shop} search={search} />}
      {shop.data !== null && section === "requests" && <Requests shop={shop} search={search} />}
      {shop.data !== null && section === "problems" && <Problems shop={shop} />}
    </>
  );
}
