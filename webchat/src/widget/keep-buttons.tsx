/** A conversation to take along: for reading, as plain text, and signed. */

import { useState } from "preact/hooks";

import type { CustomerClient } from "../client/customer";
import { serverNow } from "../ui/clock";
import { dateHere } from "../ui/i18n";
import { downloadIcon, Icon } from "../ui/icons";
import { save } from "../ui/save";
import { useWords } from "./words";

interface Props {
  readonly client: CustomerClient;
  readonly trader: string | null;
  /** The present conversation, when it is left out. */
  readonly of?: string;
}

export function KeepButtons({ client, trader, of }: Props) {
  const { t } = useWords();
  const [failed, setFailed] = useState(false);
  const download = async (format: "html" | "txt" | "json"): Promise<void> => {
    setFailed(false);
    try {
      save(await client.transcript(format, of), `${trader ?? "chat"} ${dateHere(serverNow())}.${format}`);
    } catch {
      setFailed(true);
    }
  };
  return (
    <>
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
    </>
  );
}
