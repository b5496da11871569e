/** Starts the widget: reads what the loader said, chooses the language, connects, draws. */

import { render } from "preact";
import { useEffect, useState } from "preact/hooks";

import { createCustomerClient, type CustomerClient } from "../client/customer";
import { createKeep, type Keep } from "../client/keep";
import { onWake } from "../client/wake";
import type { DeskInfo } from "../protocol/model";
import { useStore } from "../ui/hooks";
import "../ui/tokens.css";
import { App } from "./app";
import { connectHost, type Host } from "./host";
import { startLanguage, type LanguageChoice } from "./language";
import "./widget.css";
import { WordsContext } from "./words";

const DESK_EVERY_MS = 10_000; // whether anybody is on duty changes, and a customer who looks on is not told otherwise

interface RootProps {
  readonly client: CustomerClient;
  readonly keep: Keep;
  readonly host: Host;
  readonly language: LanguageChoice;
  /** The page's colour, which stands above the desk file's; `null` when it names none. */
  readonly accent: string | null;
}

function useDesk(client: CustomerClient, open: boolean): DeskInfo | null {
  const [desk, setDesk] = useState<DeskInfo | null>(null);
  useEffect(() => {
    if (!open) return undefined;
    const look = (): void => {
      if (document.hidden) return;
      client.desk().then(setDesk, () => undefined); // without it the chat goes on; the next look may find it
    };
    look();
    const timer = setInterval(look, DESK_EVERY_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [client, open]);
  return desk;
}

function Root({ client, keep, host, language, accent }: RootProps) {
  const words = useStore(language.words, (all) => all);
  useEffect(() => host.words([words.t.chat, words.t.close, words.t.unread]), [host, words]);
  const { open, takesFocus } = useStore(host.shown, (shown) => shown);
  const desk = useDesk(client, open);
  useEffect(() => {
    const color = accent ?? desk?.accent_color ?? null;
    if (color !== null) import("./dress").then(({ dress }) => dress(color), () => undefined);
  }, [accent, desk?.accent_color]);
  return (
    <WordsContext.Provider value={words}>
      <App
        client={client}
        keep={keep}
        desk={desk}
        language={language}
        open={open}
        takesFocus={takesFocus}
        onClose={host.embedded ? host.close : null}
        onUnread={host.unread}
      />
    </WordsContext.Provider>
  );
}

/** The first call goes to one, those after it to the other. */
function onceThen<T>(first: (value: T) => void, later: (value: T) => void): (value: T) => void {
  let next = first;
  return (value) => {
    next(value);
    next = later;
  };
}

async function start(): Promise<void> {
  const query = new URLSearchParams(location.search);
  const site = query.get("site") ?? "";
  const keep = createKeep(() => localStorage, `byname.${site}`);
  const language = await startLanguage(keep, query.get("locale") ?? "", navigator.languages);
  let say: (token: string | null) => void = () => undefined;
  const said = new Promise<string | null>((resolve) => {
    say = resolve;
  });
  const host = connectHost(query.get("host"), { locale: language.pageSays, identity: (token) => say(token) });
  const waits = host.embedded && query.has("identified"); // the page is about to say who the customer is
  const client = createCustomerClient({
    site,
    locale: language.words.get().tag,
    page_url: query.get("page"),
    keep,
    identity: waits ? said : null,
  });
  say = waits ? onceThen(say, client.identify) : client.identify;
  language.words.subscribe(() => client.ask("locale", { locale: language.words.get().tag }));
  onWake(client.wake);
  document.documentElement.classList.toggle("embedded", host.embedded);
  const root = document.getElementById("app");
  if (root !== null) {
    render(<Root client={client} keep={keep} host={host} language={language} accent={query.get("accent")} />, root);
  }
}

void start();
