/** Teams: another name for one of the desk file, further ones beside them. */

import { useState } from "preact/hooks";

import type { Office } from "../../client/office";
import type { AdministeredTeam, Overview } from "../../protocol/administration";
import { fill, plural } from "../../ui/i18n";
import { LOCALE, t } from "../words";
import { Dialog, Field, Head } from "./parts";

/** A key for a new team, from its name. */
const keyOf = (name: string): string =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 64);

function TeamDialog({ team, office, onSaved, onClose }: {
  team: AdministeredTeam | null;
  office: Office;
  onSaved: () => void;
  onClose: () => void;
}) {
  const [name, setName] = useState(team?.name ?? "");
  const [ownKey, setOwnKey] = useState<string | null>(null);
  const key = team?.key ?? ownKey ?? keyOf(name);
  return (
    <Dialog
      title={team === null ? t.addTeam : fill(t.changeOf, { name: team.name })}
      confirm={t.save}
      disabled={name.trim() === "" || key === ""}
      onConfirm={async () => {
        await office.putTeam(key, name.trim(), team?.version ?? null);
        onSaved();
      }}
      onClose={onClose}
    >
      <Field label={t.teamName} hint={team === null ? t.teamNameHint : `${t.teamNameHint}. ${t.teamKey}: ${team.key}`} value={name} onValue={setName} max={80} required focus />
      {team === null && <Field label={t.teamKey} hint={t.teamKeyHint} value={key} onValue={setOwnKey} max={64} required />}
    </Dialog>
  );
}

type Open = { readonly kind: "form"; readonly team: AdministeredTeam | null } | { readonly kind: "remove"; readonly team: AdministeredTeam };

export function Teams({ overview, office, onChanged }: { overview: Overview; office: Office; onChanged: () => void }) {
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const members = (key: string): number => overview.people.filter(({ teams, disabled }) => !disabled && teams.includes(key)).length;
  return (
    <>
      <Head title={t.teams} text={t.teamsText}>
        <button type="button" class="button primary" onClick={() => setOpen({ kind: "form", team: null })}>
          {t.addTeam}
        </button>
      </Head>
      <ul class="rows">
        {overview.teams.map((team) => {
          const renamed = team.nameOfFile !== null && team.nameOfFile !== team.name;
          return (
            <li key={team.key} data-testid="team">
              <span class="text">
                <strong>{team.name}</strong>
                <span class="meta">
                  {[
                    plural(LOCALE, t.membersN, members(team.key)),
                    team.nameOfFile === null ? t.addedHere : renamed ? fill(t.calledInFile, { name: team.nameOfFile }) : t.ofFile,
                  ].join(" · ")}
                </span>
              </span>
              <span class="row-acts">
                <button
                  type="button"
                  class="button plain"
                  aria-label={fill(t.changeOf, { name: team.name })}
                  onClick={() => setOpen({ kind: "form", team })}
                >
                  {t.change}
                </button>
                {(team.nameOfFile === null || renamed) && (
                  <button
                    type="button"
                    class={team.nameOfFile === null ? "button plain danger" : "button plain"}
                    aria-label={fill(team.nameOfFile === null ? t.removeOf : t.nameBackOf, { name: team.name })}
                    onClick={() => setOpen({ kind: "remove", team })}
                  >
                    {team.nameOfFile === null ? t.removeIt : t.nameBack}
                  </button>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      {open?.kind === "form" && <TeamDialog team={open.team} office={office} onSaved={onChanged} onClose={close} />}
      {open?.kind === "remove" && (
        <Dialog
          title={fill(open.team.nameOfFile === null ? t.removeOf : t.nameBackOf, { name: open.team.name })}
          confirm={open.team.nameOfFile === null ? t.removeIt : t.nameBack}
          danger={open.team.nameOfFile === null}
          onConfirm={async () => {
            await office.removeTeam(open.team.key);
            onChanged();
          }}
          onClose={close}
        >
          <p>{open.team.nameOfFile === null ? t.removeTeamText : fill(t.nameBackText, { name: open.team.nameOfFile })}</p>
        </Dialog>
      )}
    </>
  );
}
