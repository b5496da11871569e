/** Who changed what, and the way back; in a git checkout also the commit. */

import { useState } from "preact/hooks";

import { LOCALE } from "../console/words";
import { fill, plural } from "../ui/i18n";
import type { Entry, Run } from "./api";
import { Empty, Fault, useAct, useLoaded, type Shop } from "./kit";
import { deed, fileName, modelText, t, when } from "./words";

function titleOf(one: Entry, runs: readonly Run[]): string {
  if (one.model === null) return one.kind === "edit" ? deed(one.did, one.title) : one.title;
  const run = runs.find(({ id }) => one.model === `${id}.tar.gz`);
  const made = run === undefined ? null : { id: run.id, at: run.at, by: run.by.name };
  return fill(t.history.models[one.kind] ?? "", { model: modelText({ name: one.model, run: made }) });
}

export function History({ shop }: { shop: Shop }) {
  const { value, fault, again } = useLoaded(() => shop.api.history(), JSON.stringify(shop.data?.versions));
  const runs = useLoaded(() => shop.api.runs(), "").value?.runs ?? [];
  const [message, setMessage] = useState(t.history.suggestion);
  const { busy, fault: failed, act } = useAct();
  if (value === null) return fault === null ? <Empty>{t.loading}</Empty> : <Fault text={fault} />;
  const open = value.uncommitted;
  return (
    <>
      <h1>{t.history.heading}</h1>
      <section class="card">
        <h2>{t.history.commitHeading}</h2>
        {open === null && <p class="hint">{t.history.noGit}</p>}
        {open !== null && open.length === 0 && <p class="hint">{t.history.committed}</p>}
        {open !== null && open.length > 0 && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              act(async () => {
                const { commit } = await shop.api.commit(message);
                shop.say(fill(t.history.commitDone, { commit }));
                again();
              });
            }}
          >
            <p class="hint">
              {plural(LOCALE, t.history.commitHint, open.length)} {open.join(", ")}
            </p>
            <label class="field">
              <span class="label">{t.history.message}</span>
              <input class="input" required value={message} onInput={(event) => setMessage(event.currentTarget.value)} />
            </label>
            <div class="row end">
              <button type="submit" class="button" disabled={busy}>
                {t.history.commit}
              </button>
            </div>
          </form>
        )}
      </section>
      <Fault text={failed} />
      {value.entries.length === 0 && <Empty>{t.history.empty}</Empty>}
      <ul class="cards">
        {value.entries.map((one) => (
          <li key={one.id} class="card">
            <p class="row">
              <span class={one.kind === "edit" ? "badge" : "badge good"}>{t.history.kinds[one.kind]}</span>
              <strong class="grow">{titleOf(one, runs)}</strong>
              {one.undone && <span class="badge warn">{t.history.undone}</span>}
              {one.kind === "edit" && !one.undone && (
                <button
                  type="button"
                  class="button plain"
                  disabled={busy}
                  aria-label={`${t.history.undo}: ${titleOf(one, runs)}`}
                  onClick={() =>
                    act(async () => {
                      shop.say(deed((await shop.api.undo(one.id)).did));
                      shop.reload();
                      again();
                    })
                  }
                >
                  {t.history.undo}
                </button>
              )}
            </p>
            <p class="hint">
              {when(one.at)}, {one.by}
              {one.files.length > 0 && ` · ${[...new Set(one.files.map(fileName))].join(", ")}`}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
