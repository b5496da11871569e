/** The workshop as a whole: what is in service above, five parts below. */

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { CallFailed } from "../client/http";
import { LanguageButton } from "../console/language";
import { Modal } from "../console/modal";
import { LOCALE } from "../console/words";
import type { AgentSession } from "../protocol/model";
import { Icon, signOutIcon } from "../ui/icons";
import { fill, plural } from "../ui/i18n";
import { Api, type Clash, type Data, type Operation, type Overview, type Saved } from "./api";
import { createDrafts } from "./drafts";
import { History } from "./history";
import { Inbox } from "./inbox";
import { Confirm, DialogEnd, Diff, Fault, useAct, type Shop } from "./kit";
import { Knowledge } from "./knowledge";
import { Measures } from "./measures";
import { Runs } from "./runs";
import { deed, modelText, said, t, when } from "./words";

const TABS = ["inbox", "knowledge", "runs", "measures", "history"] as const;
type Tab = (typeof TABS)[number];
const LOOK_EVERY_MS = 5_000; // what other trainers do shows up as soon
const LOOK_CLOSELY_MS = 1_000; // while a model is put in service
const TOAST_MS = 12_000; // long enough to read it and to undo

interface Toast {
  readonly text: string;
  readonly undo: (() => unknown) | null;
}

interface Open {
  readonly files: readonly Clash[];
  readonly again: () => void;
  readonly leave: () => void;
}

const tabOf = (hash: string): Tab => TABS.find((one) => `#${one}` === hash) ?? "inbox";

function clashOf(error: unknown): readonly Clash[] | null {
  if (!(error instanceof CallFailed) || error.status !== 409) return null;
  const files = error.error.details?.["files"];
  if (!Array.isArray(files)) return null;
  return files.map((file: { path?: unknown; theirs?: unknown; yours?: unknown }) => ({
    path: String(file.path),
    theirs: typeof file.theirs === "string" ? file.theirs : null,
    yours: String(file.yours),
  }));
}

/** Which model answers customers, and since when. */
function serving({ in_service, since }: Overview): string {
  const sentence = since === null ? t.bar.serving : since.kind === "rolled_back" ? t.bar.servingBack : t.bar.servingSince;
  return fill(sentence, { model: modelText(in_service), at: since === null ? "" : when(since.at), by: since?.by ?? "" });
}

/** What is being put in the place of the model that answers, and how far that is. */
function swapping({ swap }: Overview): string {
  if (swap === null) return "";
  const begun = fill(t.bar.swap[swap.kind] ?? "", { by: swap.by ?? "", model: modelText(swap.model) });
  return `${begun} ${t.bar.swapSteps[swap.step] ?? ""}`;
}

interface BarProps {
  readonly overview: Overview;
  readonly onTab: (tab: Tab) => void;
  readonly onBack: () => void;
}

function Bar({ overview, onTab, onBack }: BarProps) {
  const { run, swap, swap_failed: failed, back_to: before } = overview;
  return (
    <>
      <section class="bar" aria-label={t.runs.inService}>
        <p class="grow">
          {serving(overview)} {overview.edits_since === 0 ? t.bar.none : plural(LOCALE, t.bar.edits, overview.edits_since)}
        </p>
        {run?.status === "running" ? (
          <button type="button" class="button" onClick={() => onTab("runs")}>
            {fill(t.bar.running, { step: t.runs.steps[run.step] ?? run.step })}
          </button>
        ) : (
          overview.edits_since > 0 && (
            <button type="button" class="button" onClick={() => onTab("runs")}>
              {t.bar.train}
            </button>
          )
        )}
        {before !== null && (
          <button type="button" class="button" disabled={swap !== null} onClick={onBack}>
            {t.bar.rollBack}
          </button>
        )}
      </section>
      <p class="swap" role="status">
        {swap !== null && <span class="turning" aria-hidden="true" />}
        {swapping(overview)}
      </p>
      {failed !== null && (
        <p class="swap failed" role="alert">
          {fill(t.bar.swapFailed[failed.kind] ?? "", { by: failed.by })} {said(failed.text)}
        </p>
      )}
    </>
  );
}

export function Workshop({ session, onOut }: { session: AgentSession; onOut: () => void }) {
  const api = useMemo(() => new Api(session.token, onOut), [session.token]);
  const drafts = useMemo(() => createDrafts(session.agent.id), [session.agent.id]);
  const [tab, setTab] = useState<Tab>(tabOf(location.hash));
  const [overview, setOverview] = useState<Overview | null>(null);
  const [data, setData] = useState<Data | null>(null);
  const [toast, setToast] = useState<Toast | null>(null);
  const [clash, setClash] = useState<Open | null>(null);
  const [goingBack, setGoingBack] = useState(false);
  const { fault, act } = useAct();
  const latest = useRef(data);
  latest.current = data;

  const asked = useRef(0);
  const looked = useRef(0);
  const look = useCallback(() => {
    const mine = ++looked.current;
    api.overview().then(
      (found) => {
        if (mine === looked.current) setOverview(found);
      },
      () => undefined, // what failed is asked again by the timer
    );
  }, [api]);
  const reload = useCallback(() => {
    const mine = ++asked.current;
    look();
    api.data().then(
      (found) => {
        if (mine === asked.current) setData(found); // else it is older than what was done since
      },
      () => undefined,
    );
  }, [api, look]);
  /** What we wrote ourselves is no news to us: the next change may follow before everything is read again. */
  const wrote = (saved: Saved): void => {
    if (latest.current !== null) {
      latest.current = { ...latest.current, versions: { ...latest.current.versions, ...saved.versions } };
      setData(latest.current);
    }
    reload();
  };
  useEffect(() => {
    reload();
    const moved = (): void => setTab(tabOf(location.hash));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, [reload]);
  const [sent, setSent] = useState(false); // a change of the model in service, by this page
  const closely = sent || (overview !== null && overview.swap !== null);
  useEffect(() => {
    const timer = setInterval(
      () => {
        if (!document.hidden) look();
      },
      closely ? LOOK_CLOSELY_MS : LOOK_EVERY_MS,
    );
    return () => clearInterval(timer);
  }, [look, closely]);
  useEffect(() => {
    if (toast === null) return;
    const timer = setTimeout(() => setToast(null), TOAST_MS);
    return () => clearTimeout(timer);
  }, [toast]);

  const save = async (operation: Operation, findings: readonly string[] = []): Promise<void> => {
    const done = (saved: Saved): void => {
      setToast({
        text: deed(saved.did),
        undo: async () => {
          const undone = await api.undo(saved.id);
          setToast({ text: deed(undone.did), undo: null });
          wrote(undone);
        },
      });
      wrote(saved);
    };
    try {
      done(await api.edit(operation, latest.current?.versions ?? {}, findings));
    } catch (error) {
      const files = clashOf(error);
      if (files === null) throw error;
      await new Promise<void>((resolve, reject) => {
        setClash({
          files,
          leave: () => {
            setClash(null);
            reload();
            reject(error instanceof Error ? error : new Error(t.clash.title));
          },
          again: () => {
            setClash(null);
            api.edit(operation, {}, findings).then((saved) => {
              done(saved);
              resolve();
            }, reject);
          },
        });
      });
    }
  };
  const swap = (change: () => Promise<unknown>, done: string): void => {
    setSent(true);
    act(async () => {
      const changing = change();
      look(); // what everybody sees of it, this page shows too
      try {
        await changing;
        setToast({ text: done, undo: null });
      } finally {
        setSent(false);
        reload();
      }
    });
  };
  const shop: Shop = {
    api,
    data,
    overview,
    drafts,
    save,
    reload,
    say: (text, undo) => setToast({ text, undo: undo ?? null }),
    promote: (run) => swap(() => api.promote(run), t.runs.promoted),
  };
  const go = (next: Tab): void => {
    location.hash = next;
    setTab(next);
  };

  return (
    <>
      <a class="skip" href="#main">
        {t.skip}
      </a>
      <header class="top">
        <p class="mark">
          <span aria-hidden="true">B</span>
          {t.title}
        </p>
        <nav class="tabs" aria-label={t.title}>
          {TABS.map((one) => (
            <a
              key={one}
              href={`#${one}`}
              class="tab"
              aria-current={one === tab ? "page" : undefined}
              onClick={(event) => {
                event.preventDefault();
                go(one);
              }}
            >
              {t.tabs[one]}
            </a>
          ))}
        </nav>
        <div class="account">
          <p class="me">{session.agent.name}</p>
          <LanguageButton />
          <button type="button" class="icon-button" aria-label={t.signOut} title={t.signOut} onClick={onOut}>
            <Icon path={signOutIcon} />
          </button>
        </div>
      </header>
      {overview !== null && <Bar overview={overview} onTab={go} onBack={() => setGoingBack(true)} />}
      <main id="main" class="trainer" tabIndex={-1}>
        {fault !== said(overview?.swap_failed?.text ?? "") && <Fault text={fault} />}
        {tab === "inbox" && <Inbox shop={shop} />}
        {tab === "knowledge" && <Knowledge shop={shop} />}
        {tab === "runs" && <Runs shop={shop} />}
        {tab === "measures" && <Measures shop={shop} />}
        {tab === "history" && <History shop={shop} />}
      </main>
      <div class="toasts" role="status">
        {toast !== null && (
          <p class="toast">
            <span>{toast.text}</span>
            {toast.undo !== null && (
              <button
                type="button"
                class="button"
                onClick={() => {
                  const { undo } = toast;
                  setToast(null);
                  act(async () => undo?.());
                }}
              >
                {t.undo}
              </button>
            )}
          </p>
        )}
      </div>
      {clash !== null && (
        <Modal title={t.clash.title} onClose={clash.leave}>
          <div class="modal-body wide">
            <p>{t.clash.text}</p>
            {clash.files.map((file) => (
              <div key={file.path}>
                <h3>{file.path}</h3>
                <div class="pair">
                  <div>
                    <p class="hint">{t.clash.theirs}</p>
                    {file.theirs === null ? <p>{t.clash.unknown}</p> : <Diff text={file.theirs} />}
                  </div>
                  <div>
                    <p class="hint">{t.clash.yours}</p>
                    <Diff text={file.yours} />
                  </div>
                </div>
              </div>
            ))}
            <DialogEnd onClose={clash.leave}>
              <button type="button" class="button primary" onClick={clash.again}>
                {t.clash.again}
              </button>
            </DialogEnd>
          </div>
        </Modal>
      )}
      {goingBack && overview !== null && (
        <Confirm
          title={t.bar.rollBackTitle}
          yes={t.bar.rollBack}
          onNo={() => setGoingBack(false)}
          onYes={() => {
            setGoingBack(false);
            swap(() => api.rollBack(overview.in_service?.name ?? ""), t.bar.rolledBack);
          }}
        >
          <p>
            {fill(t.bar.rollBackTo, { model: modelText(overview.back_to) })} {t.bar.rollBackText}
          </p>
        </Confirm>
      )}
    </>
  );
}
