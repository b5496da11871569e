/** Canned answers: what agents say again and again, with places that the console fills. */

import { useId, useRef, useState } from "preact/hooks";

import type { Office } from "../../client/office";
import type { AdministeredAnswer, Overview } from "../../protocol/administration";
import { fill } from "../../ui/i18n";
import { languageName } from "../offer";
import { label, t } from "../words";
import { Dialog, Field, Head } from "./parts";

const TEXT_MAX = 2_000;

function AnswerDialog({ answer, overview, office, onSaved, onClose }: {
  answer: AdministeredAnswer | null;
  overview: Overview;
  office: Office;
  onSaved: () => void;
  onClose: () => void;
}) {
  const [title, setTitle] = useState(answer?.title ?? "");
  const [text, setText] = useState(answer?.text ?? "");
  const [language, setLanguage] = useState(answer?.language ?? "");
  const [team, setTeam] = useState(answer?.team ?? "");
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const languages = [...new Set(["en", "de", ...overview.people.flatMap((person) => person.languages), ...(language === "" ? [] : [language])])];

  const insert = (variable: string): void => {
    const element = area.current;
    const at = element?.selectionStart ?? text.length;
    const end = element?.selectionEnd ?? at;
    const put = `{${variable}}`;
    setText(text.slice(0, at) + put + text.slice(end));
    queueMicrotask(() => {
      element?.focus();
      element?.setSelectionRange(at + put.length, at + put.length);
    });
  };

  return (
    <Dialog
      title={answer === null ? t.addAnswer : fill(t.changeOf, { name: answer.title })}
      confirm={t.save}
      disabled={title.trim() === "" || text.trim() === ""}
      onConfirm={async () => {
        const form = { title: title.trim(), text, language: language === "" ? null : language, team: team === "" ? null : team };
        await office.putAnswer(form, answer);
        onSaved();
      }}
      onClose={onClose}
    >
      <Field label={t.answerTitle} value={title} onValue={setTitle} max={80} required focus />
      <div class="field">
        <label for={id}>{t.answerText}</label>
        <textarea
          id={id}
          ref={area}
          class="input"
          rows={6}
          maxLength={TEXT_MAX}
          required
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <div class="variables" role="group" aria-label={t.variables}>
        <span class="meta">{t.variables}</span>
        {overview.variables.map((variable) => (
          <button key={variable} type="button" class="button" title={`{${variable}}`} onClick={() => insert(variable)}>
            {label(t.variableNames, variable)}
          </button>
        ))}
      </div>
      <div class="two">
        <div class="field">
          <label for={`${id}-language`}>{t.language}</label>
          <select id={`${id}-language`} class="input" value={language} onChange={(event) => setLanguage(event.currentTarget.value)}>
            <option value="">{t.anyLanguage}</option>
            {languages.map((one) => (
              <option key={one} value={one}>
                {languageName(one)}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for={`${id}-team`}>{t.team}</label>
          <select id={`${id}-team`} class="input" value={team} onChange={(event) => setTeam(event.currentTarget.value)}>
            <option value="">{t.anyTeam}</option>
            {overview.teams.map(({ key, name }) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        </div>
      </div>
    </Dialog>
  );
}

type Open =
  | { readonly kind: "form"; readonly answer: AdministeredAnswer | null }
  | { readonly kind: "remove"; readonly answer: AdministeredAnswer };

export function Answers({ overview, office, onChanged }: { overview: Overview; office: Office; onChanged: () => void }) {
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const teamName = (key: string | null): string[] => (key === null ? [] : [overview.teams.find((team) => team.key === key)?.name ?? key]);
  return (
    <>
      <Head title={t.cannedAnswers} text={t.cannedAnswersText}>
        <button type="button" class="button primary" onClick={() => setOpen({ kind: "form", answer: null })}>
          {t.addAnswer}
        </button>
      </Head>
      <ul class="rows">
        {overview.answers.map((answer) => (
          <li key={answer.id} data-testid="answer">
            <span class="text">
              <strong>
                {answer.title}
                {answer.language !== null && <span class="badge">{languageName(answer.language)}</span>}
                {teamName(answer.team).map((name) => (
                  <span key={name} class="badge">
                    {name}
                  </span>
                ))}
              </strong>
              <span class="excerpt">{answer.text}</span>
            </span>
            <span class="row-acts">
              <button
                type="button"
                class="button plain"
                aria-label={fill(t.changeOf, { name: answer.title })}
                onClick={() => setOpen({ kind: "form", answer })}
              >
                {t.change}
              </button>
              <button
                type="button"
                class="button plain danger"
                aria-label={fill(t.removeOf, { name: answer.title })}
                onClick={() => setOpen({ kind: "remove", answer })}
              >
                {t.removeIt}
              </button>
            </span>
          </li>
        ))}
      </ul>
      {overview.answers.length === 0 && <p class="none">{t.noAnswers}</p>}
      {open?.kind === "form" && (
        <AnswerDialog answer={open.answer} overview={overview} office={office} onSaved={onChanged} onClose={close} />
      )}
      {open?.kind === "remove" && (
        <Dialog
          title={fill(t.removeOf, { name: open.answer.title })}
          confirm={t.removeIt}
          danger
          onConfirm={async () => {
            await office.removeAnswer(open.answer.id);
            onChanged();
          }}
          onClose={close}
        >
          <p>{t.removeAnswerText}</p>
        </Dialog>
      )}
    </>
  );
}
