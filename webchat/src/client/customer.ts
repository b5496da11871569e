/**
 * The customer's side of the conversation: session, line, outbox. It feeds the store and does what the store asks for
 * (catching up, sending); it knows nothing of the page.
 */

import {
  initialCustomer,
  reduceCustomer,
  type CustomerAction,
  type CustomerState,
} from "../core/customer";
import { hasGap } from "../core/log";
import { restored, unsent, type NewItem } from "../core/outbox";
import { createStore, type Store } from "../core/store";
import {
  fields,
  num,
  parseActor,
  parseCustomerSession,
  parseCustomerSnapshot,
  parseDesk,
  parseEarlier,
  parseTranscriptPage,
  parseEvent,
  parseHandoff,
  parseHandoffOrNull,
  parsePage,
} from "../protocol/parse";
import type { CustomerSession, DeskInfo, EarlierConversation, LogPage } from "../protocol/model";
import type { CustomerBody, CustomerRequests } from "../protocol/requests";
import { createCourier } from "./courier";
import { CallFailed, call, download } from "./http";
import { newId } from "./ids";
import { keepUnsent, parseItems, type Keep } from "./keep";
import { openLine, type Line } from "./line";

const TYPING_SHOWN_MS = 6_000; // longer than the pause between two typing signals
const TYPING_SENT_EVERY_MS = 3_000;
const START_RETRY_MS = [1_000, 2_000, 5_000, 10_000] as const;
const RENEW_AFTER_MS = 24 * 3_600_000; // an older token is changed for a new one when the page loads

export interface CustomerClient {
  readonly store: Store<CustomerState, CustomerAction>;
  say(text: string): void;
  ask<R extends Exclude<keyof CustomerRequests, "message">>(request: R, body: CustomerBody<R>): void;
  retry(clientId: string): void;
  drop(clientId: string): void;
  typing(): void;
  /** The customer has looked at everything up to `seq`. */
  read(seq: number): void;
  desk(): Promise<DeskInfo>;
  /** Of the conversation named, or of the present one. */
  transcript(format: "html" | "txt" | "json", of?: string): Promise<Blob>;
  /** The page says who the customer is now: a token that the site has signed, or `null` for nobody. */
  identify(token: string | null): void;
  earlier(): Promise<readonly EarlierConversation[]>;
  earlierLog(id: string): Promise<LogPage>;
  /** Everything is erased, here and on the desk; a new conversation begins. Fails when the desk refused. */
  forget(): Promise<void>;
  /** The page is looked at again, or the machine was asleep: finds out whether the connection still is one. */
  wake(): void;
}

export interface CustomerOptions {
  readonly site: string;
  readonly locale: string;
  readonly page_url: string | null;
  readonly keep: Keep;
  /** Comes once the page has said who the customer is; `null` when it has nothing to say about that. */
  readonly identity: Promise<string | null> | null;
}

interface KeptSession extends CustomerSession {
  readonly since_ms: number;
  /** Begun or resumed with an identity that the page brought. */
  readonly identified: boolean;
  /** Begun because the one before was not known any more. */
  readonly afresh: boolean;
}

function keptSession(keep: Keep): KeptSession | null {
  try {
    const kept = fields(keep.read("session"));
    return {
      ...parseCustomerSession(kept),
      since_ms: num(kept, "since_ms"),
      identified: kept["identified"] === true,
      afresh: kept["afresh"] === true,
    };
  } catch {
    return null;
  }
}

/** Browsers without locks, or pages without TLS, do without: then two tabs opened at once may begin two conversations. */
const oneTabAtATime = (name: string, act: () => Promise<void>): Promise<void> =>
  globalThis.navigator?.locks === undefined ? act() : navigator.locks.request(name, act);

export function createCustomerClient(options: CustomerOptions): CustomerClient {
  const { keep, site } = options;
  const store = createStore(reduceCustomer, initialCustomer(restored(parseItems(keep.read("outbox")))));
  let session: KeptSession | null = null;
  let line: Line | null = null;
  let syncing = false;
  let waking = false;
  let typingTimer: ReturnType<typeof setTimeout> | undefined;
  let typingSentAt = -TYPING_SENT_EVERY_MS;
  let readSeq = 0;
  let refusals = 0;
  let identity: string | null = null;
  let changing: Promise<void> = Promise.resolve(); // of who the customer is: one change after the other
  let keptOutbox = store.get().outbox;
  const own = new Set(keptOutbox.map(({ client_id }) => client_id));

  const isUp = (): boolean => store.get().connection === "connected";

  const courier = createCourier({
    outbox: () => store.get().outbox,
    change: (change) => store.dispatch({ type: "outbox", change }),
    call: (name, body) => request(name, body),
    acked(item, body) {
      const of = fields(body);
      const handoff = parseHandoffOrNull(of["handoff"]);
      if (handoff !== null) store.dispatch({ type: "handoff", handoff });
      return item.text === null ? null : num(of, "seq");
    },
    isUp,
  });

  const request: Line["call"] = (name, body) =>
    line === null
      ? Promise.resolve({ ok: false, error: { code: "offline", message: "", retry_after_s: null } })
      : line.call(name, body);

  const takePage = (body: unknown): void =>
    store.dispatch({ type: "page", page: parsePage(body), handoff: parseHandoffOrNull(fields(body)["handoff"]) });

  /** Closes the gap between cursor and head, a page at a time. */
  async function catchUp(): Promise<void> {
    if (syncing) return;
    syncing = true;
    try {
      while (isUp() && hasGap(store.get().log)) {
        const ack = await request("sync", { since: store.get().log.cursor });
        if (!ack.ok) break;
        const before = store.get().log.cursor;
        takePage(ack.body);
        if (store.get().log.cursor === before) break; // nothing came: asking again at once would bring nothing either
      }
    } finally {
      syncing = false;
    }
  }

  function received(event: string, payload: unknown): void {
    try {
      switch (event) {
        case "snapshot":
          store.dispatch({ type: "snapshot", snapshot: parseCustomerSnapshot(payload) });
          refusals = 0;
          adopt();
          break;
        case "event":
          store.dispatch({ type: "event", event: parseEvent(payload) });
          break;
        case "handoff":
          store.dispatch({ type: "handoff", handoff: parseHandoff(payload) });
          break;
        case "head":
          store.dispatch({ type: "head", last_seq: num(fields(payload), "last_seq") });
          break;
        case "seen":
          store.dispatch({ type: "seen", seq: num(fields(payload), "seq") });
          break;
        case "typing":
          store.dispatch({ type: "typing", actor: parseActor(fields(payload)["actor"]) });
          clearTimeout(typingTimer);
          typingTimer = setTimeout(() => store.dispatch({ type: "typing_ended" }), TYPING_SHOWN_MS);
          break;
        default: // The server may add events.
      }
    } catch (error) {
      console.warn(`byname: unreadable ${event}`, error);
    }
    if (hasGap(store.get().log)) void catchUp();
    courier.wake();
  }

  /** What another tab could not send any more goes out from here; the same `client_id` makes it one message. */
  function adopt(): void {
    for (const item of parseItems(keep.read("outbox"))) {
      if (own.has(item.client_id)) continue;
      own.add(item.client_id);
      store.dispatch({ type: "outbox", change: { type: "queued", item } });
    }
  }

  async function wake(): Promise<void> {
    if (!isUp() || waking) return;
    waking = true;
    try {
      const ack = await request("sync", { since: store.get().log.cursor });
      if (ack.ok) takePage(ack.body);
      else if (ack.error.code === "timeout") line?.renew();
    } finally {
      waking = false;
    }
  }

  function keepSession(fresh: CustomerSession, afresh = false): void {
    session = { ...fresh, since_ms: Date.now(), identified: identity !== null, afresh };
    keep.write("session", session);
    if (afresh) move({ type: "started_afresh" });
  }

  /** Goes on with what another tab, or this one before it was loaded anew, has kept. */
  function goOnWith(kept: KeptSession): void {
    session = kept;
    if (kept.afresh) move({ type: "started_afresh" });
  }

  const requestSession = (token: string | null): Promise<CustomerSession> =>
    call(
      "/api/v1/customer/sessions",
      {
        method: "POST",
        token,
        body: {
          site,
          locale: options.locale,
          ...(options.page_url === null ? {} : { page_url: options.page_url }),
          ...(identity === null ? {} : { identity }),
        },
      },
      parseCustomerSession,
    );

  /**
   * Resumes with the token of before, or starts afresh when the server does not know it any more. One tab at a time: two
   * that are opened at once begin one conversation.
   */
  const renewSession = (token: string | null): Promise<void> =>
    oneTabAtATime(`byname.${site}.session`, async () => {
      const stored = keptSession(keep);
      if (stored === null || stored.token === token) await beginSession(token);
      else goOnWith(stored);
    });

  async function beginSession(token: string | null): Promise<void> {
    try {
      keepSession(await requestSession(token));
    } catch (error) {
      if (token === null || !(error instanceof CallFailed) || error.status !== 401) throw error;
      keep.write("session", null);
      keepSession(await requestSession(null), true);
    }
  }

  /** The token was refused: another tab may have a newer one, else it is resumed or replaced. */
  async function refused(): Promise<void> {
    store.dispatch({ type: "disconnected" });
    if (refusals > 0) await pauseBefore(refusals);
    refusals += 1;
    const stored = keptSession(keep);
    if (stored !== null && stored.token !== session?.token) goOnWith(stored);
    else await untilDone(() => renewSession(session?.token ?? null));
    line?.reopen();
  }

  const pauseBefore = (attempt: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, START_RETRY_MS[attempt - 1] ?? 10_000));

  /** Tries until it works, with growing pauses; a refusal that cannot pass is told once and ends it. */
  async function untilDone(act: () => Promise<void>): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await act();
        return;
      } catch (error) {
        const final = error instanceof CallFailed && [400, 403, 404].includes(error.status);
        store.dispatch(final ? { type: "refused" } : { type: "disconnected" });
        if (final) return;
        await pauseBefore(attempt + 1);
      }
    }
  }

  /** To another conversation, in which nothing has been looked at yet. */
  function move(action: CustomerAction): void {
    readSeq = 0;
    store.dispatch(action);
  }

  /** Nothing of this session stays in the browser; what comes next is a session of its own. */
  function leaveSession(): void {
    session = null;
    for (const key of ["session", "outbox", "draft", "read"]) keep.write(key, null);
    move({ type: "forgotten" });
  }

  async function become(token: string | null): Promise<void> {
    identity = token;
    if (token === null) {
      if (session?.identified !== true) return; // nobody was signed in here
      await call("/api/v1/customer/sessions", { method: "DELETE", token: session.token }, () => null).catch(() => null);
      leaveSession();
    }
    const before = session?.conversation_id;
    await untilDone(() => renewSession(session?.token ?? null));
    if (before !== undefined && before !== session?.conversation_id) move({ type: "moved" });
    line?.renew();
  }

  async function start(): Promise<void> {
    const before = keptSession(keep);
    if (before !== null) goOnWith(before);
    identity = await (options.identity ?? null);
    if (options.identity !== null && identity === null && session?.identified === true) await become(null);
    if (identity !== null || session === null || Date.now() - session.since_ms > RENEW_AFTER_MS) {
      await untilDone(() => renewSession(session?.token ?? null));
    }
    if (store.get().connection === "refused") return;
    line = openLine(
      "/customer",
      () => ({ v: 1, token: session?.token ?? "", since: store.get().log.cursor }),
      { received, down: () => store.dispatch({ type: "disconnected" }), refused: () => void refused() },
    );
  }

  function enqueue(request: keyof CustomerRequests, body: NewItem["body"], text: string | null): void {
    const item = { client_id: newId(), request, body, text, queued_at: new Date().toISOString() };
    own.add(item.client_id);
    store.dispatch({ type: "outbox", change: { type: "queued", item } });
    courier.wake();
  }

  store.subscribe(() => {
    const { outbox } = store.get();
    if (outbox === keptOutbox) return;
    keptOutbox = outbox;
    keepUnsent(keep, own, unsent(outbox));
  });

  const started = start();

  return {
    store,
    say: (text) => enqueue("message", { text }, text),
    ask: (request, body) => enqueue(request, { ...body }, null),
    retry(clientId) {
      store.dispatch({ type: "outbox", change: { type: "retried", client_id: clientId } });
      courier.wake();
    },
    drop: (clientId) => store.dispatch({ type: "outbox", change: { type: "dropped", client_id: clientId } }),
    typing() {
      const now = performance.now();
      if (now - typingSentAt < TYPING_SENT_EVERY_MS) return;
      typingSentAt = now;
      line?.tell("typing", {});
    },
    read(seq) {
      if (seq <= readSeq || !isUp()) return;
      readSeq = seq;
      void request("read", { seq });
    },
    desk: () => call(`/api/v1/desk?site=${encodeURIComponent(site)}`, {}, parseDesk),
    identify(token) {
      const before = changing;
      changing = started.then(() => before).then(() => become(token));
    },
    earlier: () => call("/api/v1/customer/conversations", { token: session?.token ?? "" }, parseEarlier),
    earlierLog: (id) =>
      call(`/api/v1/conversations/${encodeURIComponent(id)}/transcript?format=json`, { token: session?.token ?? "" }, parseTranscriptPage),
    async forget() {
      await call("/api/v1/customer/data", { method: "DELETE", token: session?.token ?? "" }, () => null);
      leaveSession();
      await untilDone(() => renewSession(null));
      line?.renew();
    },
    async transcript(format, of) {
      const id = of ?? store.get().conversation?.id ?? session?.conversation_id ?? "";
      return download(`/api/v1/conversations/${encodeURIComponent(id)}/transcript?format=${format}`, session?.token ?? "");
    },
    wake: () => void wake(),
  };
}
