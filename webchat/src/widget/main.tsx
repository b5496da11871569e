/** Starts the widget: reads what the loader said, chooses the language, connects, draws. */

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

import { createCustomerClient, type CustomerClient } from "../client/customer";
import { createKeep, type Keep } from "../client/keep";
import { inkOn } from "../core/view";
import type { DeskInfo } from "../protocol/model";
import { useStore } from "../ui/hooks";
import { pickLanguage, RIGHT_TO_LEFT } from "../ui/i18n";
import "../ui/tokens.css";
import { App } from "./app";
import { connectHost, type Host } from "./host";
import "./widget.css";
import { LANGUAGES, loadStrings, WordsContext, type Words } from "./words";

const DESK_EVERY_MS = 60_000; // who is on duty changes; a customer who looks on should not read yesterday's news

interface RootProps {
  readonly client: CustomerClient;
  readonly keep: Keep;
  readonly host: Host;
  readonly words: Words;
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

function Root({ client, keep, host, words }: RootProps) {
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
  const wanted = [query.get("locale") ?? "", ...navigator.languages].filter((tag) => tag !== "");
  const language = pickLanguage(wanted, LANGUAGES, "en");
  const t = await loadStrings(language);
  // Dates and times follow the region that somebody named for this language ("de-AT"), the page or the browser.
  const locale = wanted.find((tag) => tag.toLowerCase().startsWith(`${language}-`)) ?? language;
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
  document.title = t.chat;

  const keep = createKeep(() => localStorage, `byname.${site}`);
  const client = createCustomerClient({ site, locale, page_url: query.get("page"), keep });
  const host = connectHost(query.get("host"));
  document.documentElement.classList.toggle("embedded", host.embedded);
  const root = document.getElementById("app");
  if (root !== null) {
    render(<Root client={client} keep={keep} host={host} words={{ locale, t }} />, root);
  }
}

void start();
