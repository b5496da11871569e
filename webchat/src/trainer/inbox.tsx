/** What customers were not well answered: groups on the left, one group with all that is known of it on the right. */

import { useState } from "preact/hooks";

import { fill, plural } from "../ui/i18n";
import { LOCALE } from "../console/words";
import { draftAbout } from "../core/lessons";
import type { Finding, Group, Score } from "./api";
import { CourseEditor } from "./courses";
import { DraftMark, Empty, Fault, maskedText, Name, reasonText, percent, useAct, useBroughtIntoView, useDrafts, useLoaded, type Shop } from "./kit";
import { Teach } from "./teach";
import { t, when } from "./words";

const REASONS = ["handed_over", "not_helpful", "wrong", "heard_wrongly", "repeated", "unsure"] as const;

function Reasons({ reasons }: { reasons: readonly string[] }) {
  return (
    <>
      {reasons.map((reason) => (
        <span key={reason} class={reason === "handed_over" || reason === "wrong" ? "badge bad" : "badge warn"}>
          {reasonText(reason)}
        </span>
      ))}
    </>
  );
}

const Understood = ({ intent, confidence }: Score) => (
  <Name of={fill(t.inbox.understood, { intent, share: percent(confidence) })} />
);

/** What messages were taught as, if they were. */
function TaughtAs({ findings }: { findings: readonly Finding[] }) {
  const meanings = findings.map((one) => one.taught_as ?? (one.taught_about === null ? null : (t.teach.kinds[one.taught_about] ?? null)));
  return (
    <>
      {[...new Set(meanings)].map((meaning) =>
        meaning === null ? null : (
          <span key={meaning} class="badge good">
            <Name of={fill(t.inbox.taughtAs, { meaning })} />
          </span>
        ),
      )}
    </>
  );
}

function Around({ shop, finding }: { shop: Shop; finding: Finding }) {
  const { value, fault } = useLoaded(() => shop.api.conversation(finding.conversation_id), finding.conversation_id);
  return (
    <div class="around">
      <Fault text={fault} />
      <ol>
        {value?.lines.map((line, place) => (
          <li key={place} class={`line ${line.who}`}>
            {line.who === "event" ? (
              <p class="event">{fill(t.events[line.name ?? ""] ?? line.name ?? "", { text: t.handoffReasons[line.text] ?? line.text })}</p>
            ) : (
              <>
                <p class="who">
                  <strong>{line.name ?? t.who[line.who]}</strong> <time dateTime={line.at}>{when(line.at)}</time>
                </p>
                <p class="words" dir="auto">
                  {line.text}
                </p>
                {line.understood !== null && (
                  <p class="hint">
                    <Understood intent={line.understood.intent} confidence={line.understood.confidence} />
                  </p>
                )}
              </>
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}

function One({ shop, finding, onCourse }: { shop: Shop; finding: Finding; onCourse: (kind: string) => void }) {
  const [open, setOpen] = useState(false);
  const first = finding.ranking[0];
  return (
    <li class="card finding">
      <p class="quote" lang={finding.language} dir="auto">
        {finding.text}
      </p>
      <p class="row">
        <TaughtAs findings={[finding]} />
        <Reasons reasons={finding.reasons} />
        <span class="hint">
          <time dateTime={finding.at}>{when(finding.at)}</time>
          {finding.handoff_reason !== null && ` · ${t.handoffReasons[finding.handoff_reason] ?? finding.handoff_reason}`}
        </span>
      </p>
      <p class="hint">
        {first === undefined ? t.inbox.notUnderstood : <Understood {...first} />}
        {finding.masked.length > 0 && ` · ${fill(t.inbox.masked, { kinds: finding.masked.map(maskedText).join(", ") })}`}
      </p>
      {finding.answers.length > 0 && (
        <div class="answer-of-agent">
          <p class="hint">{fill(t.inbox.answered, { name: finding.agent ?? "" })}</p>
          {finding.answers.map((text, place) => (
            <p key={place} dir="auto">
              {text}
            </p>
          ))}
        </div>
      )}
      <div class="row">
        <button type="button" class="button plain" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t.inbox.around}
        </button>
        <button type="button" class="button plain" onClick={() => onCourse("story")}>
          {t.inbox.story}
        </button>
        <button type="button" class="button plain" onClick={() => onCourse("test story")}>
          {t.inbox.testStory}
        </button>
      </div>
      {open && <Around shop={shop} finding={finding} />}
    </li>
  );
}

interface DetailProps {
  readonly shop: Shop;
  readonly group: Group;
  readonly show: string;
  readonly onDone: () => void;
}

function Detail({ shop, group, show, onDone }: DetailProps) {
  const [teaching, setTeaching] = useState(false);
  const [course, setCourse] = useState<{ yaml: string; kind: string; form: boolean; from: string } | null>(null);
  const { busy, fault, act } = useAct();
  const { ids } = group;
  const draft = draftAbout(useDrafts(shop.drafts), ids);
  const decide = (decision: string): void =>
    act(async () => {
      await shop.api.decide(ids, decision);
      const back = async (): Promise<void> => {
        await shop.api.decide(ids, show);
        onDone();
      };
      if (decision === "open") shop.say(t.inbox.reopened);
      else shop.say(t.inbox.setAsideDone, back);
      onDone();
    });
  return (
    <section ref={useBroughtIntoView()} class="detail" aria-label={group.findings[0]?.text ?? ""}>
      <div class="row">
        <button type="button" class="button primary" onClick={() => setTeaching(true)}>
          {draft === null ? t.inbox.teach : t.inbox.teachOn} <DraftMark shop={shop} of={draft} />
        </button>
        <button type="button" class="button" disabled={busy} onClick={() => decide(show === "open" ? "dismissed" : "open")}>
          {show === "open" ? t.inbox.setAside : t.inbox.reopen}
        </button>
        <span class="hint">
          {plural(LOCALE, t.inbox.messages, group.count)}
          {group.minutes > 0 && ` · ${fill(t.inbox.minutes, { n: Math.ceil(group.minutes) })}`}
        </span>
      </div>
      <Fault text={fault} />
      <ul class="cards">
        {group.findings.map((finding) => (
          <One
            key={finding.id}
            shop={shop}
            finding={finding}
            onCourse={(kind) =>
              act(async () => {
                const from = finding.conversation_id;
                setCourse({ ...(await shop.api.course(from, kind)), kind, from });
              })
            }
          />
        ))}
      </ul>
      {teaching && (
        <Teach
          shop={shop}
          ids={ids}
          findings={group.findings}
          onClose={() => setTeaching(false)}
          onSaved={() => {
            setTeaching(false);
            onDone();
          }}
        />
      )}
      {course !== null && (
        <CourseEditor
          shop={shop}
          start={{ key: `${course.kind} of ${course.from}`, kind: course.kind, yaml: course.yaml, note: course.form ? t.knowledge.formNote : null }}
          onClose={() => setCourse(null)}
        />
      )}
    </section>
  );
}

export function Inbox({ shop }: { shop: Shop }) {
  const [show, setShow] = useState("open");
  const [reason, setReason] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const written = JSON.stringify(shop.data?.versions); // what is undone is open again
  const { value, fault, again } = useLoaded(() => shop.api.inbox(show, reason), `${show} ${reason} ${written}`);
  const drafts = useDrafts(shop.drafts);
  const idOf = (group: Group): string => group.findings[0]?.id ?? "";
  const group = value?.groups.find((one) => idOf(one) === chosen) ?? null;
  return (
    <>
      <h1>{t.inbox.heading}</h1>
      <p class="lead">{t.inbox.hint}</p>
      <div class="row filters">
        <label>
          <span class="visually-hidden">{t.inbox.showLabel}</span>
          <select class="input" value={show} onChange={(event) => setShow(event.currentTarget.value)}>
            {Object.entries(t.inbox.show).map(([key, name]) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="visually-hidden">{t.inbox.reasonLabel}</span>
          <select class="input" value={reason} onChange={(event) => setReason(event.currentTarget.value)}>
            <option value="">{t.inbox.all}</option>
            {REASONS.map((key) => (
              <option key={key} value={key}>
                {reasonText(key)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Fault text={fault} />
      {value === null && fault === null && <Empty>{t.loading}</Empty>}
      {value !== null && value.groups.length === 0 && <Empty>{t.inbox.empty}</Empty>}
      {value !== null && value.groups.length > 0 && (
        <div class="two">
          <ul class="cards" aria-label={t.inbox.groups}>
            {value.groups.map((one) => (
              <li key={idOf(one)}>
                <button
                  type="button"
                  class="card pick"
                  aria-pressed={idOf(one) === chosen}
                  onClick={() => setChosen(idOf(one))}
                >
                  <span class="quote" lang={one.findings[0]?.language} dir="auto">
                    {one.findings[0]?.text}
                  </span>
                  <span class="row">
                    <DraftMark shop={shop} of={draftAbout(drafts, one.ids)} />
                    <span class="badge">{plural(LOCALE, t.inbox.messages, one.count)}</span>
                    <TaughtAs findings={one.findings} />
                    <Reasons reasons={one.reasons} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
          {group === null ? (
            <Empty>{t.inbox.choose}</Empty>
          ) : (
            <Detail
              key={idOf(group)}
              shop={shop}
              group={group}
              show={show}
              onDone={() => {
                setChosen(null);
                again();
              }}
            />
          )}
        </div>
      )}
    </>
  );
}
