/** What the server's own detector learns about requests for a person, by language: shown, added, changed, taken out. */

import { useState } from "preact/hooks";

import { Modal } from "../console/modal";
import { languageName } from "../console/offer";
import { LOCALE } from "../console/words";
import { fill, plural } from "../ui/i18n";
import type { Request } from "./api";
import { DialogEnd, DraftMark, Empty, Fault, useAct, useDraft, useLoaded, type Shop } from "./kit";
import { KindChoice, KINDS, Lines, linesOf, Remarks, useCheck } from "./teach";
import { t } from "./words";

const SHOWN = 100; // sentences at first: a language has up to two thousand

interface DialogProps {
  readonly shop: Shop;
  readonly language: string;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

const addKey = (language: string): string => `requests ${language}`;
const changeKey = (language: string, { text }: Request): string => `request ${language}: ${text}`;

function Add({ shop, language, onClose, onSaved }: DialogProps) {
  const draft = useDraft(shop, addKey(language), {}, onClose);
  const kind = draft.of("kind") || null;
  const lines = linesOf(draft.of("text"));
  const { busy, fault, act } = useAct();
  const checked = useCheck(shop, lines, language, true);
  return (
    <Modal title={t.knowledge.add} onClose={draft.leave}>
      <form
        class="modal-body"
        onSubmit={(event) => {
          event.preventDefault();
          act(async () => {
            await shop.save({ type: "add_requests", language, kind, texts: lines });
            draft.done();
            onSaved();
          });
        }}
      >
        <KindChoice name="kind" label={t.knowledge.kind} kind={kind} onKind={(wanted) => draft.set({ kind: wanted })} />
        <Lines
          label={`${t.teach.sentences}, ${languageName(language)}`}
          hint={t.teach.sentencesHint}
          value={draft.of("text")}
          onValue={(text) => draft.set({ text })}
          language={language}
        />
        <Remarks checked={checked} person />
        <Fault text={fault} />
        <DialogEnd draft={draft}>
          <button type="submit" class="button primary" disabled={busy || kind === null || lines.length === 0}>
            {t.save}
          </button>
        </DialogEnd>
      </form>
    </Modal>
  );
}

function Change({ shop, language, request, onClose, onSaved }: DialogProps & { readonly request: Request }) {
  const draft = useDraft(shop, changeKey(language, request), { kind: request.kind, text: request.text }, onClose);
  const kind = draft.of("kind");
  const text = draft.of("text");
  const { busy, fault, act } = useAct();
  const checked = useCheck(shop, text.trim() === request.text ? [] : linesOf(text), language, true);
  return (
    <Modal title={t.knowledge.changeRequest} onClose={draft.leave}>
      <form
        class="modal-body"
        onSubmit={(event) => {
          event.preventDefault();
          act(async () => {
            await shop.save({ type: "change_request", language, text: request.text, to: text, kind });
            draft.done();
            onSaved();
          });
        }}
      >
        <KindChoice name="kind" label={t.knowledge.kind} kind={kind} onKind={(wanted) => draft.set({ kind: wanted })} />
        <label class="field">
          <span class="label">{t.knowledge.sentence}</span>
          <input class="input" required lang={language} value={text} onInput={(event) => draft.set({ text: event.currentTarget.value })} />
        </label>
        <Remarks checked={checked} person />
        <Fault text={fault} />
        <DialogEnd draft={draft}>
          <button type="submit" class="button primary" disabled={busy || (kind === request.kind && text.trim() === request.text)}>
            {t.save}
          </button>
        </DialogEnd>
      </form>
    </Modal>
  );
}

const TONES: Readonly<Record<string, string>> = { asks: "good", distress: "bad" };

export function Requests({ shop, search }: { shop: Shop; search: string }) {
  const languages = shop.data?.request_languages ?? [];
  const [language, setLanguage] = useState(languages.includes(LOCALE) ? LOCALE : "en");
  const [kind, setKind] = useState("");
  const [shown, setShown] = useState(SHOWN);
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState<Request | null>(null);
  const version = shop.data?.versions[`data/human/${language}.txt`] ?? "";
  const { value, fault, again } = useLoaded(() => shop.api.requests(language), `${language} ${version}`);
  const { busy, fault: failed, act } = useAct();
  const wanted = search.toLowerCase();
  const found = (value?.sentences ?? []).filter((one) => (kind === "" || one.kind === kind) && one.text.toLowerCase().includes(wanted));
  const saved = (): void => {
    setAdding(false);
    setChanging(null);
    again();
  };
  return (
    <section class="detail" aria-label={fill(t.knowledge.requestsIn, { language: languageName(language) })}>
      <p class="hint">{t.knowledge.requestsHint}</p>
      <div class="row filters">
        <label>
          <span class="visually-hidden">{t.teach.language}</span>
          <select
            class="input"
            value={language}
            onChange={(event) => {
              setLanguage(event.currentTarget.value);
              setShown(SHOWN);
            }}
          >
            {languages.map((one) => (
              <option key={one} value={one}>
                {languageName(one)}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="visually-hidden">{t.knowledge.kind}</span>
          <select class="input" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
            <option value="">{t.knowledge.anyKind}</option>
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {t.teach.kinds[one]}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          {t.knowledge.add} <DraftMark shop={shop} of={addKey(language)} />
        </button>
        {value !== null && <span class="hint">{plural(LOCALE, t.knowledge.found, found.length)}</span>}
      </div>
      <Fault text={fault ?? failed} />
      {value === null && fault === null && <Empty>{t.loading}</Empty>}
      {value !== null && found.length === 0 && <Empty>{t.knowledge.nothingFound}</Empty>}
      <ul class="sentences">
        {found.slice(0, shown).map((one) => (
          <li key={`${one.kind} ${one.text}`} class="row">
            <span class="grow" lang={language} dir="auto">
              {one.text}
            </span>
            <span class={`badge ${TONES[one.kind] ?? ""}`}>{t.teach.kinds[one.kind]}</span>
            <button type="button" class="button plain" aria-label={`${t.knowledge.edit}: ${one.text}`} onClick={() => setChanging(one)}>
              {t.knowledge.edit} <DraftMark shop={shop} of={changeKey(language, one)} />
            </button>
            <button
              type="button"
              class="button plain danger"
              disabled={busy}
              aria-label={`${t.knowledge.remove}: ${one.text}`}
              onClick={() => act(async () => shop.save({ type: "remove_request", language, text: one.text }).then(again))}
            >
              {t.knowledge.remove}
            </button>
          </li>
        ))}
      </ul>
      {found.length > shown && (
        <p>
          <button type="button" class="button" onClick={() => setShown(shown + SHOWN)}>
            {plural(LOCALE, t.knowledge.more, Math.min(SHOWN, found.length - shown))}
          </button>
        </p>
      )}
      {adding && <Add shop={shop} language={language} onClose={() => setAdding(false)} onSaved={saved} />}
      {changing !== null && (
        <Change shop={shop} language={language} request={changing} onClose={() => setChanging(null)} onSaved={saved} />
      )}
    </section>
  );
}
