/** What a returning customer said before: a list, and one of them to read and to keep. */

import { useEffect, useRef, useState } from "preact/hooks";

import type { CustomerClient } from "../client/customer";
import { EMPTY_LOG, withPage, type Log } from "../core/log";
import { rows } from "../core/view";
import type { Actor, EarlierConversation } from "../protocol/model";
import { serverNow } from "../ui/clock";
import { dayName, moment } from "../ui/i18n";
import { chevronLeftIcon, Icon } from "../ui/icons";
import { Linked } from "../ui/linked";
import { KeepButtons } from "./keep-buttons";
import { happening, timeOf, useWords } from "./words";

const ME: Actor = { kind: "customer", id: null, name: null };

interface Props {
  readonly client: CustomerClient;
  readonly onOpen: (one: EarlierConversation) => void;
}

/** Nothing at all for whoever has no earlier conversation. */
export function EarlierList({ client, onOpen }: Props) {
  const { locale, t } = useWords();
  const [found, setFound] = useState<readonly EarlierConversation[] | "failed">([]);
  useEffect(() => {
    client.earlier().then(setFound, () => setFound("failed"));
  }, [client]);
  if (found !== "failed" && found.length === 0) return null;
  return (
    <>
      <h2>{t.earlierTitle}</h2>
      {found === "failed" ? (
        <p class="muted">{t.traderMissing}</p>
      ) : (
        <ul class="earlier">
          {found.map((one) => (
            <li key={one.id}>
              <button type="button" class="button" onClick={() => onOpen(one)}>
                <span>{moment(locale, one.last_at, serverNow())}</span>
                <span class="muted">{one.agent?.name ?? t.assistant}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

interface LogProps {
  readonly client: CustomerClient;
  readonly one: EarlierConversation;
  readonly trader: string | null;
  readonly onBack: () => void;
}

export function EarlierLog({ client, one, trader, onBack }: LogProps) {
  const words = useWords();
  const { locale, t } = words;
  const [log, setLog] = useState<Log | null | "failed">(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    client.earlierLog(one.id).then(
      (page) => setLog(withPage(EMPTY_LOG, page)),
      () => setLog("failed"),
    );
  }, [client, one.id]);
  return (
    <>
      <button type="button" class="button plain back" onClick={onBack}>
        <Icon path={chevronLeftIcon} size={17} />
        {t.earlierTitle}
      </button>
      <h2 ref={heading} tabIndex={-1}>
        {moment(locale, one.started_at, serverNow())}
      </h2>
      {log === null && <p class="muted">{t.starting}</p>}
      {log === "failed" && (
        <p class="muted" role="alert">
          {t.traderMissing}
        </p>
      )}
      {log !== null && log !== "failed" && (
        <ol class="earlier-log">
          {rows(log, [], ME).map((row, index) => {
            if (row.kind === "day") return index === 0 ? null : <li key={row.key} class="day">{dayName(locale, row.at, serverNow())}</li>;
            if (row.kind === "message") {
              const name = row.actor.name ?? (row.actor.kind === "customer" ? t.you : t.assistant);
              return (
                <li key={row.key} class={row.actor.kind}>
                  <p class="who">
                    <strong>{name}</strong> <time dateTime={row.at}>{timeOf(words, row.at)}</time>
                  </p>
                  <p class="text" dir="auto">
                    <Linked text={row.text} elsewhere={t.opensNewTab} />
                  </p>
                </li>
              );
            }
            const said = row.kind === "happening" ? happening(words, row.event, one.agent?.name ?? null, serverNow()) : null;
            return said === null ? null : <li key={row.key} class="muted">{said}</li>;
          })}
        </ol>
      )}
      <KeepButtons client={client} trader={trader} of={one.id} />
    </>
  );
}
