/** Who the customer is talking to, how it works, what is theirs to choose and to keep. */

import { useEffect, useRef, useState } from "preact/hooks";

import type { CustomerClient } from "../client/customer";
import type { Keep } from "../client/keep";
import type { CustomerState } from "../core/customer";
import { telephone } from "../core/links";
import type { DeskInfo, EarlierConversation } from "../protocol/model";
import { chevronLeftIcon, Icon } from "../ui/icons";
import { wear } from "../ui/wear";
import style from "./about.css?inline";
import { EarlierList, EarlierLog } from "./earlier";
import { KeepButtons } from "./keep-buttons";
import type { LanguageChoice } from "./language";
import { Forget, LanguageSwitch, NameForm } from "./oneself";
import { SoundSwitch } from "./sound";
import { useWords } from "./words";

wear(style);

interface Props {
  readonly client: CustomerClient;
  readonly state: CustomerState;
  readonly language: LanguageChoice;
  readonly desk: DeskInfo | null;
  readonly keep: Keep;
  readonly onBack: () => void;
}

export function About({ client, state, language, desk, keep, onBack }: Props) {
  const { t } = useWords();
  const [earlier, setEarlier] = useState<EarlierConversation | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (earlier === null) heading.current?.focus();
  }, [earlier]);
  const trader = desk?.trader ?? null;
  const name = trader?.name ?? null;

  if (earlier !== null) {
    return (
      <div class="about">
        <EarlierLog client={client} one={earlier} trader={name} onBack={() => setEarlier(null)} />
      </div>
    );
  }
  return (
    <div class="about">
      <button type="button" class="button plain back" onClick={onBack}>
        <Icon path={chevronLeftIcon} size={17} />
        {t.back}
      </button>
      <LanguageSwitch language={language} />
      <h2 ref={heading} tabIndex={-1}>
        {t.traderTitle}
      </h2>
      {trader === null ? (
        <p class="muted">{t.traderMissing}</p>
      ) : (
        <dl>
          <dt class="visually-hidden">{t.traderTitle}</dt>
          <dd class="legal">{trader.legal_name ?? trader.name}</dd>
          {trader.postal_address !== null && (
            <>
              <dt>{t.traderAddress}</dt>
              <dd>{trader.postal_address}</dd>
            </>
          )}
          {trader.email !== null && (
            <>
              <dt>{t.traderEmail}</dt>
              <dd>
                <a href={`mailto:${trader.email}`}>{trader.email}</a>
              </dd>
            </>
          )}
          {trader.phone !== null && (
            <>
              <dt>{t.traderPhone}</dt>
              <dd>
                <a href={telephone(trader.phone)}>{trader.phone}</a>
              </dd>
            </>
          )}
          {trader.register !== null && (
            <>
              <dt>{t.traderRegister}</dt>
              <dd>{trader.register}</dd>
            </>
          )}
        </dl>
      )}
      <h2>{t.keepTitle}</h2>
      <p class="muted">{t.keepText}</p>
      <KeepButtons client={client} trader={name} />
      <EarlierList client={client} onOpen={setEarlier} />
      <NameForm key={state.conversation?.id ?? ""} client={client} state={state} />
      <div class="choices">
        <SoundSwitch keep={keep} />
      </div>
      <h2>{t.howTitle}</h2>
      <ul>
        <li>{t.howAi}</li>
        <li>{t.howPerson}</li>
        <li>{t.howKeep}</li>
      </ul>
      {state.blocked === null && <Forget client={client} />}
    </div>
  );
}
