/** Who the customer is talking to, how it works, and the conversation to keep. */

import { useEffect, useRef, useState } from "preact/hooks";

import type { CustomerClient } from "../client/customer";
import type { Keep } from "../client/keep";
import type { DeskInfo } from "../protocol/model";
import { chevronLeftIcon, downloadIcon, Icon } from "../ui/icons";
import { save } from "../ui/save";
import { wear } from "../ui/wear";
import { SoundSwitch } from "./sound";
import style from "./about.css?inline";
import { useWords } from "./words";

wear(style);

interface Props {
  readonly client: CustomerClient;
  readonly desk: DeskInfo | null;
  readonly keep: Keep;
  readonly onBack: () => void;
}

export function About({ client, desk, keep, onBack }: Props) {
  const { t } = useWords();
  const [failed, setFailed] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const trader = desk?.trader ?? null;

  const download = async (format: "html" | "txt" | "json"): Promise<void> => {
    setFailed(false);
    try {
      save(await client.transcript(format), `${trader?.name ?? "chat"} ${new Date().toISOString().slice(0, 10)}.${format}`);
    } catch {
      setFailed(true);
    }
  };

  return (
    <div class="about">
      <button type="button" class="button plain back" onClick={onBack}>
        <Icon path={chevronLeftIcon} size={17} />
        {t.back}
      </button>
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
                <a href={`tel:${trader.phone.replace(/[^+\d]/g, "")}`}>{trader.phone}</a>
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
      <div class="choices">
        {(["html", "txt", "json"] as const).map((format) => (
          <button key={format} type="button" class="button" onClick={() => void download(format)}>
            <Icon path={downloadIcon} size={16} />
            {{ html: t.keepHtml, txt: t.keepTxt, json: t.keepJson }[format]}
          </button>
        ))}
      </div>
      <p class="error-text" role="alert">
        {failed ? t.keepFailed : ""}
      </p>
      <div class="choices">
        <SoundSwitch keep={keep} />
      </div>
      <h2>{t.howTitle}</h2>
      <ul>
        <li>{t.howAi}</li>
        <li>{t.howPerson}</li>
        <li>{t.howKeep}</li>
      </ul>
    </div>
  );
}
