/** Starts the widget: reads what the loader said, chooses the language, connects, draws. */

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

import { createCustomerClient, type CustomerClient } from "../client/customer";
import { createKeep, type Keep } from "../client/keep";
import { onWake } from "../client/wake";
import { inkOn } from "../core/view";
import type { DeskInfo } from "../protocol/model";
import { useStore } from "../ui/hooks";
import "../ui/tokens.css";
import { App } from "./app";
import { connectHost, type Host } from "./host";
import { startLanguage, type LanguageChoice } from "./language";
import "./widget.css";
import { WordsContext } from "./words";

const DESK_EVERY_MS = 60_000; // who is on duty changes; a customer who looks on should not read yesterday's news

interface RootProps {
  readonly client: CustomerClient;
  readonly keep: Keep;
  readonly host: Host;
  readonly language: LanguageChoice;
}

function useDesk(client: CustomerClient, open: boolean): DeskInfo | null {
  const [desk, setDesk] = useState<DeskInfo | null>(null);
  useEffect(() => {
    if (!open) return undefined;
    const look = (): void => {
      client.desk().then(setDesk, () => undefined); // without it the chat goes on; the next look may find it
    };
    look();
    const timer = setInterval(look, DESK_EVERY_MS);
    return () => clearInterval(timer);
  }, [client, open]);
  return desk;
}

function Root({ client, keep, host, language }: RootProps) {
  const words = useStore(language.words, (all) => all);
  useEffect(() => host.words([words.t.chat, words.t.close, words.t.unread]), [host, words]);
  const { open, takesFocus } = useStore(host.shown, (shown) => shown);
  const desk = useDesk(client, open);
  useEffect(() => {
    const accent = desk?.accent_color ?? null;
    const ink = accent === null ? null : inkOn(accent);
    if (accent === null || ink === null) return;
    document.documentElement.style.setProperty("--accent", accent);
    document.documentElement.style.setProperty("--on-accent", ink);
  }, [desk?.accent_color]);
  return (
    <WordsContext.Provider value={words}>
      <App
        client={client}
        keep={keep}
        desk={desk}
        open={open}
        takesFocus={takesFocus}
        onClose={host.embedded ? host.close : null}
        onUnread={host.unread}
      />
    </WordsContext.Provider>
  );
}

async function start(): Promise<void> {
  const query = new URLSearchParams(location.search);
  const site = query.get("site") ?? "";
  const keep = createKeep(() => localStorage, `byname.${site}`);
  const language = await startLanguage(keep, query.get("locale") ?? "", navigator.languages);
  const client = createCustomerClient({ site, locale: language.words.get().tag, page_url: query.get("page"), keep });
  onWake(client.wake);
  const host = connectHost(query.get("host"), { locale: language.pageSays });
  document.documentElement.classList.toggle("embedded", host.embedded);
  const root = document.getElementById("app");
  if (root !== null) {
    render(<Root client={client} keep={keep} host={host} language={language} />, root);
  }
}

void start();
