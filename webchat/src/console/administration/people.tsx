/** Everybody with an account: invited, changed, disabled, enabled. */

import { useState } from "preact/hooks";

import type { Office, PersonForm } from "../../client/office";
import { teamName } from "../../core/desk";
import { initials } from "../../core/view";
import type { AdministeredPerson, Overview } from "../../protocol/administration";
import { fill, listed } from "../../ui/i18n";
import { languageName } from "../offer";
import { label, t } from "../words";
import { Choices, Dialog, Field, Head } from "./parts";
import { Modal } from "../modal";

const LEVELS = ["agent", "supervisor", "trainer", "admin"] as const;

const EMPTY: PersonForm = {
  email: "",
  name: "",
  role: "",
  employer: "",
  access: ["agent"],
  teams: [],
  languages: [],
  skills: [],
  capacity: null,
};

const words = (text: string): string[] => text.split(/[\s,;]+/).filter((one) => one !== "");

function PersonDialog({ person, overview, office, me, onLink, onSaved, onClose }: {
  person: AdministeredPerson | null;
  overview: Overview;
  office: Office;
  me: string;
  onLink: (name: string, link: string) => void;
  onSaved: () => void;
  onClose: () => void;
}) {
  const employers = [...new Set(overview.people.map(({ employer }) => employer))];
  const [form, setForm] = useState<PersonForm>(
    person ?? { ...EMPTY, employer: employers[0] ?? "", teams: overview.teams.slice(0, 1).map(({ key }) => key) },
  );
  const [languages, setLanguages] = useState(form.languages.join(", "));
  const [skills, setSkills] = useState(form.skills.join(", "));
  const change = (some: Partial<PersonForm>): void => setForm({ ...form, ...some });
  const complete = [form.email, form.name, form.role, form.employer].every((one) => one.trim() !== "") && form.access.length > 0;

  const save = async (): Promise<void> => {
    const { email, name, role, employer, access, teams, capacity } = form;
    const sent: PersonForm = { email, name, role, employer, access, teams, capacity, languages: words(languages), skills: words(skills) };
    if (person === null) onLink(sent.name, await office.invite(sent));
    else await office.changePerson(person, sent);
    onSaved();
  };

  return (
    <Dialog
      title={person === null ? t.invite : fill(t.changeOf, { name: person.name })}
      confirm={person === null ? t.invite : t.save}
      disabled={!complete}
      onConfirm={save}
      onClose={onClose}
    >
      <p class="meta">{t.peopleText}</p>
      <div class="two">
        <Field label={t.fullName} value={form.name} onValue={(name) => change({ name })} required focus />
        <Field label={t.email} type="email" max={254} value={form.email} onValue={(email) => change({ email })} required />
        <Field label={t.jobTitle} value={form.role} onValue={(role) => change({ role })} required />
        <Field
          label={t.employer}
          value={form.employer}
          onValue={(employer) => change({ employer })}
          options={employers}
          required
        />
      </div>
      <Choices
        title={t.accessTitle}
        options={LEVELS.map((key) => ({
          key,
          name: t.levels[key],
          hint: t.levelHints[key],
          disabled: (!overview.all && key !== "agent") || person?.id === me,
        }))}
        chosen={form.access}
        onChosen={(access) => change({ access })}
      />
      {person?.id === me && <p class="meta">{t.notYourOwnAccess}</p>}
      {person !== null && person.access.join() !== form.access.join() && <p class="meta warn-text">{t.accessSignsOut}</p>}
      <Choices
        title={t.teams}
        options={overview.teams.map(({ key, name }) => ({ key, name }))}
        chosen={form.teams}
        onChosen={(teams) => change({ teams })}
      />
      <div class="two">
        <Field label={t.languages} hint={words(languages).map(languageName).join(", ") || t.languagesHint} value={languages} onValue={setLanguages} />
        <Field label={t.skills} hint={t.skillsHint} value={skills} onValue={setSkills} />
        <Field
          label={t.capacityTitle}
          type="number"
          max={100}
          hint={fill(t.capacityHint, { n: overview.capacity })}
          value={form.capacity === null ? "" : String(form.capacity)}
          onValue={(text) => change({ capacity: text === "" ? null : Number(text) })}
        />
      </div>
    </Dialog>
  );
}

function LinkDialog({ name, link, onClose }: { name: string; link: string; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(link);
    setCopied(true);
  };
  return (
    <Modal title={fill(t.linkTitle, { name })} onClose={onClose}>
      <div class="one-time-link">
        <p>{t.linkText}</p>
        <input
          class="input"
          readOnly
          value={link}
          aria-label={fill(t.linkTitle, { name })}
          data-testid="link"
          onFocus={(event) => event.currentTarget.select()}
        />
        <div class="act-foot">
          <button type="button" class="button primary" onClick={() => void copy().catch(() => setCopied(false))}>
            {copied ? t.copied : t.copy}
          </button>
          <button type="button" class="button plain" onClick={onClose}>
            {t.close}
          </button>
        </div>
      </div>
    </Modal>
  );
}

type Open =
  | { readonly kind: "form"; readonly person: AdministeredPerson | null }
  | { readonly kind: "disable" | "link"; readonly person: AdministeredPerson };

interface Made {
  readonly name: string;
  readonly link: string;
}

export function People({ overview, office, me, onChanged }: { overview: Overview; office: Office; me: string; onChanged: () => void }) {
  const [open, setOpen] = useState<Open | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const [query, setQuery] = useState("");
  const close = (): void => setOpen(null);
  const wanted = query.trim().toLowerCase();
  const shown = overview.people.filter(({ name, email, role }) => [name, email, role].some((one) => one.toLowerCase().includes(wanted)));
  const mayChange = ({ access }: AdministeredPerson): boolean => overview.all || access.every((level) => level === "agent");
  const enable = async (person: AdministeredPerson): Promise<void> => {
    await office.setDisabled(person.id, false);
    onChanged();
  };

  return (
    <>
      <Head title={t.people} text={t.peopleText}>
        <button type="button" class="button primary" onClick={() => setOpen({ kind: "form", person: null })}>
          {t.invite}
        </button>
      </Head>
      {overview.people.length > 8 && <Field label={t.find} value={query} onValue={setQuery} />}
      <ul class="rows">
        {shown.map((person) => (
          <li key={person.id} class={person.disabled ? "gone" : ""} data-testid="person">
            <span class="avatar" aria-hidden="true">
              {initials(person.name)}
            </span>
            <span class="text">
              <strong>
                {person.name}
                {person.disabled && <span class="badge bad">{t.disabled}</span>}
                {person.invited && !person.disabled && <span class="badge warn">{t.invited}</span>}
              </strong>
              <span>
                {person.role} · {person.employer}
              </span>
              <span class="meta">
                {listed([person.email, ...person.teams.map((key) => teamName(overview.teams, key)), ...person.languages.map(languageName), ...person.skills])}
              </span>
            </span>
            <span class="levels">
              {person.access.map((level) => (
                <span key={level} class="badge">
                  {label(t.levels, level)}
                </span>
              ))}
            </span>
            <span class="row-acts">
              {mayChange(person) && !person.disabled && (
                <>
                  <button
                    type="button"
                    class="button plain"
                    aria-label={fill(t.changeOf, { name: person.name })}
                    onClick={() => setOpen({ kind: "form", person })}
                  >
                    {t.change}
                  </button>
                  <button
                    type="button"
                    class="button plain"
                    aria-label={fill(t.newLinkOf, { name: person.name })}
                    onClick={() => setOpen({ kind: "link", person })}
                  >
                    {t.newLink}
                  </button>
                  {person.id === me ? (
                    // Its place stays, so that the columns stand in line.
                    <span class="button unseen" aria-hidden="true">
                      {t.disable}
                    </span>
                  ) : (
                    <button
                      type="button"
                      class="button plain danger"
                      aria-label={fill(t.disableOf, { name: person.name })}
                      onClick={() => setOpen({ kind: "disable", person })}
                    >
                      {t.disable}
                    </button>
                  )}
                </>
              )}
              {mayChange(person) && person.disabled && (
                <button
                  type="button"
                  class="button plain"
                  aria-label={fill(t.enableOf, { name: person.name })}
                  onClick={() => void enable(person).catch(onChanged)}
                >
                  {t.enable}
                </button>
              )}
            </span>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p class="none">{t.nothingFound}</p>}
      {open?.kind === "form" && (
        <PersonDialog
          person={open.person}
          overview={overview}
          office={office}
          me={me}
          onLink={(name, link) => setMade({ name, link })}
          onSaved={onChanged}
          onClose={close}
        />
      )}
      {open?.kind === "disable" && (
        <Dialog
          title={fill(t.disableOf, { name: open.person.name })}
          confirm={t.disable}
          danger
          onConfirm={async () => {
            await office.setDisabled(open.person.id, true);
            onChanged();
          }}
          onClose={close}
        >
          <p>{t.disableText}</p>
        </Dialog>
      )}
      {open?.kind === "link" && (
        <Dialog
          title={fill(t.newLinkOf, { name: open.person.name })}
          confirm={t.newLink}
          onConfirm={async () => {
            setMade({ name: open.person.name, link: await office.renewLink(open.person.id) });
          }}
          onClose={close}
        >
          <p>{t.newLinkText}</p>
        </Dialog>
      )}
      {made !== null && open === null && <LinkDialog {...made} onClose={() => setMade(null)} />}
    </>
  );
}
