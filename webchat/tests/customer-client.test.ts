import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Keep } from "../src/client/keep";
import { wireEvent } from "./factories";

type Answer = (request: string, body: Record<string, unknown>) => unknown;

/** A socket of `socket.io-client` as far as the pages use it, driven by the test. */
class FakeSocket {
  connected = false;
  active = true;
  sent: { request: string; body: Record<string, unknown> }[] = [];
  answer: Answer = () => ({ ok: true });
  auth: Record<string, unknown> = {};
  private any: (event: string, payload: unknown) => void = () => undefined;
  private readonly own = new Map<string, (detail?: unknown) => void>();

  constructor(private readonly giveAuth: (give: (auth: Record<string, unknown>) => void) => void) {}

  onAny(listener: (event: string, payload: unknown) => void): void {
    this.any = listener;
  }
  on(event: string, listener: (detail?: unknown) => void): void {
    this.own.set(event, listener);
  }
  timeout() {
    return {
      emitWithAck: async (request: string, body: Record<string, unknown>): Promise<unknown> => {
        this.sent.push({ request, body });
        return this.answer(request, body);
      },
    };
  }
  connect(): void {
    this.giveAuth((auth) => {
      this.auth = auth;
    });
  }
  disconnect(): void {
    this.connected = false;
    this.own.get("disconnect")?.("io client disconnect");
  }

  push(event: string, payload: unknown): void {
    this.any(event, payload);
  }
  up(snapshot: object): void {
    this.connect();
    this.connected = true;
    this.push("snapshot", snapshot);
  }
  cut(): void {
    this.connected = false;
    this.own.get("disconnect")?.("transport close");
  }
  refuse(): void {
    this.active = false;
    this.own.get("connect_error")?.();
  }
}

const sockets: FakeSocket[] = [];
vi.mock("socket.io-client", () => ({
  io: (_namespace: string, options: { auth: ConstructorParameters<typeof FakeSocket>[0] }) => {
    const socket = new FakeSocket(options.auth);
    sockets.push(socket);
    return socket;
  },
}));

const { createCustomerClient } = await import("../src/client/customer");

function memory(kept: Record<string, unknown> = {}): Keep & { kept: Record<string, unknown> } {
  return {
    kept,
    read: (key) => kept[key] ?? null,
    write(key, value) {
      if (value === null) delete kept[key];
      else kept[key] = JSON.parse(JSON.stringify(value));
    },
  };
}

const session = (token: string, conversation_id = "co_1") => ({
  token,
  conversation_id,
  expires_at: "2027-02-01T00:00:00.000Z",
});
const kept = (token: string) => ({ ...session(token), since_ms: Date.now() });

const snapshot = (from: number, to: number, change: object = {}): object => ({
  conversation: { id: "co_1", control: "bot", locale: "en" },
  handoff: null,
  events: Array.from({ length: to - from + 1 }, (_, index) =>
    wireEvent(from + index, "message", { text: `line ${from + index}` }, { actor: "bot" }),
  ),
  last_seq: to,
  more: false,
  ...change,
});

const asked: { token: string | null }[] = [];
const bodies: unknown[] = [];
let sessions: Response[] = [];

beforeEach(() => {
  sockets.length = 0;
  asked.length = 0;
  bodies.length = 0;
  sessions = [];
  vi.stubGlobal("fetch", async (_path: string, options: { headers: Headers; body?: string }) => {
    bodies.push(options.body === undefined ? null : JSON.parse(options.body));
    asked.push({ token: options.headers.get("Authorization") });
    const next = sessions.shift();
    if (next === undefined) throw new TypeError("no network");
    return next;
  });
});

afterEach(() => vi.unstubAllGlobals());

const created = (token: string): Response => Response.json(session(token), { status: 201 });
const refused = (): Response => Response.json({ error: { code: "unauthorized", message: "" } }, { status: 401 });

async function start(keep: Keep) {
  const client = createCustomerClient({ site: "nordlicht", locale: "en", page_url: null, keep, identity: null });
  const socket = await vi.waitFor(() => {
    const [first] = sockets;
    if (first === undefined) throw new Error("no socket yet");
    return first;
  });
  return { client, socket };
}

const texts = (client: ReturnType<typeof createCustomerClient>): string[] =>
  client.store.get().log.events.flatMap((event) => (event.type === "message" ? [event.text] : []));

describe("the customer's client", () => {
  it("begins a conversation when it has none, and keeps its token", async () => {
    sessions = [created("t1")];
    const keep = memory();
    const { socket } = await start(keep);
    socket.connect();
    expect(asked).toEqual([{ token: null }]);
    expect(socket.auth).toEqual({ v: 1, token: "t1", since: 0 });
    expect(keep.kept["session"]).toMatchObject({ token: "t1" });
  });

  it("goes on with the kept token and asks for what it has not seen", async () => {
    const { client, socket } = await start(memory({ session: kept("t1") }));
    expect(asked).toEqual([]);
    socket.up(snapshot(1, 3));
    socket.cut();
    expect(client.store.get().connection).toBe("reconnecting");
    socket.connect();
    expect(socket.auth).toMatchObject({ token: "t1", since: 3 });
  });

  it("fetches page after page of a long log", async () => {
    const { client, socket } = await start(memory({ session: kept("t1") }));
    socket.answer = (_request, { since }) => {
      const from = Number(since) + 1;
      const to = Math.min(from + 1, 7);
      return { ok: true, ...snapshot(from, to, { more: to < 7 }) };
    };
    socket.up(snapshot(1, 2, { more: true }));
    await vi.waitFor(() => expect(texts(client)).toHaveLength(7));
    expect(socket.sent.map(({ body }) => body["since"])).toEqual([2, 4, 6]);
  });

  it("closes a gap that a lost event left, and one that only the head tells of", async () => {
    const { client, socket } = await start(memory({ session: kept("t1") }));
    socket.answer = (_request, { since }) => ({ ok: true, ...snapshot(Number(since) + 1, since === 1 ? 3 : 5) });
    socket.up(snapshot(1, 1));
    socket.push("event", wireEvent(3, "message", { text: "line 3" }, { actor: "bot" }));
    await vi.waitFor(() => expect(texts(client)).toEqual(["line 1", "line 2", "line 3"]));
    socket.push("head", { last_seq: 5 });
    await vi.waitFor(() => expect(texts(client)).toHaveLength(5));
  });

  it("sends a message that was cut off again with the same client_id, once the line is back", async () => {
    const keep = memory({ session: kept("t1") });
    const { client, socket } = await start(keep);
    socket.answer = () => new Promise(() => undefined);
    socket.up(snapshot(1, 1));
    client.say("Hello");
    socket.cut();
    expect(keep.kept["outbox"]).toMatchObject([{ text: "Hello" }]);
    socket.answer = () => ({ ok: true, seq: 2, at: "2026-11-20T12:00:02.000Z" });
    socket.up(snapshot(2, 1));
    await vi.waitFor(() => expect(socket.sent.filter(({ request }) => request === "message")).toHaveLength(2));
    const ids = socket.sent.filter(({ request }) => request === "message").map(({ body }) => body["client_id"]);
    expect(ids[0]).toBe(ids[1]);
    await vi.waitFor(() => expect(keep.kept["outbox"]).toBeUndefined());
  });

  it("resumes with its old token when that is refused at the door, and takes the new one", async () => {
    sessions = [created("t2")];
    const { socket } = await start(memory({ session: kept("t1") }));
    socket.refuse();
    await vi.waitFor(() => expect(socket.auth).toMatchObject({ token: "t2" }));
    expect(asked).toEqual([{ token: "Bearer t1" }]);
  });

  it("starts afresh when the server does not know the token at all, and keeps what was not sent", async () => {
    sessions = [refused(), created("t3")];
    const { client, socket } = await start(memory({ session: kept("t1") }));
    client.say("Written before");
    socket.refuse();
    await vi.waitFor(() => expect(socket.auth).toMatchObject({ token: "t3", since: 0 }));
    expect(asked).toEqual([{ token: "Bearer t1" }, { token: null }]);
    expect(client.store.get().outbox).toMatchObject([{ text: "Written before" }]);
  });

  it("says that it started afresh, after a reload and in another tab too, and goes on telling what was looked at", async () => {
    sessions = [refused(), created("t3")];
    const keep = memory({ session: kept("t1") });
    const { client, socket } = await start(keep);
    const other = await start(keep).then(() => sockets[1]);
    socket.up(snapshot(1, 40));
    client.read(40);
    expect(client.store.get().afresh).toBe(false);
    socket.refuse();
    await vi.waitFor(() => expect(client.store.get().afresh).toBe(true));
    await vi.waitFor(() => expect(socket.auth).toMatchObject({ token: "t3" }));
    socket.sent = [];
    socket.up(snapshot(1, 1, { conversation: { id: "co_2", control: "bot", locale: "en" } }));
    client.read(1);
    expect(socket.sent).toMatchObject([{ request: "read", body: { seq: 1 } }]);
    expect(client.store.get().afresh).toBe(true);

    other?.refuse();
    await vi.waitFor(() => expect(other?.auth).toMatchObject({ token: "t3", since: 0 }));
    const { client: later } = await start(keep);
    expect(later.store.get().afresh).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it("takes the newer token that another tab has stored, without asking", async () => {
    const keep = memory({ session: kept("t1") });
    const { socket } = await start(keep);
    keep.write("session", kept("t9"));
    socket.refuse();
    await vi.waitFor(() => expect(socket.auth).toMatchObject({ token: "t9" }));
    expect(asked).toEqual([]);
  });

  it("keeps what was written in every tab, whichever of them was last", async () => {
    const keep = memory({ session: kept("t1") });
    const [here, there] = [await start(keep), createCustomerClient({ site: "nordlicht", locale: "en", page_url: null, keep, identity: null })];
    here.client.say("Written here");
    there.say("Written there");
    here.client.say("And here again");
    expect(keep.kept["outbox"]).toMatchObject([{ text: "Written there" }, { text: "Written here" }, { text: "And here again" }]);
    const later = createCustomerClient({ site: "nordlicht", locale: "en", page_url: null, keep, identity: null });
    expect(later.store.get().outbox).toHaveLength(3);
  });

  it("sends what a tab that was closed could not send any more, under its client_id", async () => {
    const keep = memory({ session: kept("t1") });
    const { client, socket } = await start(keep);
    const item = { client_id: "c9", request: "message", body: { text: "Lost?" }, text: "Lost?", queued_at: "2026-11-20T12:00:00.000Z" };
    keep.write("outbox", [item]);
    socket.answer = () => ({ ok: true, seq: 2, at: "2026-11-20T12:00:02.000Z" });
    socket.up(snapshot(1, 1));
    await vi.waitFor(() => expect(keep.kept["outbox"]).toBeUndefined());
    expect(socket.sent).toMatchObject([{ request: "message", body: { client_id: "c9", text: "Lost?" } }]);
    expect(client.store.get().outbox).toMatchObject([{ text: "Lost?", state: { kind: "stored" } }]);
  });

  it("begins one conversation when two tabs are opened at once", async () => {
    let before: Promise<unknown> = Promise.resolve();
    const request = (_name: string, act: () => Promise<void>): Promise<unknown> => (before = before.then(act));
    vi.stubGlobal("navigator", { locks: { request } });
    sessions = [created("t1"), created("t2")];
    const keep = memory();
    const openTab = () => createCustomerClient({ site: "nordlicht", locale: "en", page_url: null, keep, identity: null });
    openTab();
    openTab();
    await vi.waitFor(() => expect(sockets).toHaveLength(2));
    for (const socket of sockets) socket.connect();
    expect(sockets.map(({ auth }) => auth["token"])).toEqual(["t1", "t1"]);
    expect(asked).toHaveLength(1);
  });

  it("finds out after a sleep that the connection is none any more, and makes a new one", async () => {
    const { client, socket } = await start(memory({ session: kept("t1") }));
    socket.up(snapshot(1, 1));
    socket.answer = () => Promise.reject(new Error("operation has timed out"));
    client.wake();
    await vi.waitFor(() => expect(client.store.get().connection).toBe("reconnecting"));
    expect(socket.auth).toMatchObject({ since: 1 });
  });

  it("takes what it missed when it wakes on a connection that stands", async () => {
    const { client, socket } = await start(memory({ session: kept("t1") }));
    socket.up(snapshot(1, 1));
    socket.answer = (_request, { since }) => ({ ok: true, ...snapshot(Number(since) + 1, 3) });
    client.wake();
    await vi.waitFor(() => expect(texts(client)).toHaveLength(3));
    expect(client.store.get().connection).toBe("connected");
  });

  describe("whom the page signs in", () => {
    const later = <T>(): { promise: Promise<T>; resolve: (value: T) => void } => {
      let resolve: (value: T) => void = () => undefined;
      const promise = new Promise<T>((done) => {
        resolve = done;
      });
      return { promise, resolve };
    };

    it("waits for the identity that was announced, and begins with it", async () => {
      sessions = [created("t1")];
      const said = later<string | null>();
      const keep = memory();
      createCustomerClient({ site: "nordlicht", locale: "en", page_url: null, keep, identity: said.promise });
      await Promise.resolve();
      expect(asked).toEqual([]);
      said.resolve("signed");
      await vi.waitFor(() => expect(sockets).toHaveLength(1));
      expect(bodies).toEqual([expect.objectContaining({ identity: "signed" })]);
      expect(keep.kept["session"]).toMatchObject({ token: "t1", identified: true });
    });

    it("goes on in the conversation that is theirs, from its beginning when it is another", async () => {
      const keep = memory({ session: kept("t1") });
      const { client, socket } = await start(keep);
      socket.up(snapshot(1, 3));
      sessions = [Response.json(session("t2", "co_2"), { status: 201 })];
      client.identify("signed");
      await vi.waitFor(() => expect(sockets[0]?.auth["token"]).toBe("t2"));
      expect(asked).toEqual([{ token: "Bearer t1" }]);
      expect(socket.auth["since"]).toBe(0);
      expect(texts(client)).toEqual([]);
    });

    it("leaves nothing of them in the browser when they sign out", async () => {
      const keep = memory({ session: { ...kept("t1"), identified: true }, draft: "half a word" });
      const { client, socket } = await start(keep);
      socket.up(snapshot(1, 3));
      sessions = [new Response(null, { status: 204 }), created("t2")];
      client.identify(null);
      await vi.waitFor(() => expect(socket.auth["token"]).toBe("t2"));
      expect(asked).toEqual([{ token: "Bearer t1" }, { token: null }]);
      expect(keep.kept["draft"]).toBeUndefined();
      expect(texts(client)).toEqual([]);
    });

    it("changes nothing when nobody was signed in", async () => {
      const { client, socket } = await start(memory({ session: kept("t1") }));
      socket.up(snapshot(1, 1));
      client.identify(null);
      await Promise.resolve();
      expect(asked).toEqual([]);
      expect(texts(client)).toEqual(["line 1"]);
    });
  });

  it("forgets everything with the server, what waited to be sent too, and begins anew", async () => {
    const keep = memory({ session: kept("t1"), draft: "half a word" });
    const { client, socket } = await start(keep);
    socket.up(snapshot(1, 3));
    socket.cut();
    client.say("Never mind");
    sessions = [new Response(null, { status: 204 }), created("t2")];
    await client.forget();
    expect(asked).toEqual([{ token: "Bearer t1" }, { token: null }]);
    expect(client.store.get().outbox).toEqual([]);
    expect(texts(client)).toEqual([]);
    expect(Object.keys(keep.kept)).toEqual(["session"]);
    expect(keep.kept["session"]).toMatchObject({ token: "t2" });
  });

  it("keeps everything when the server would not forget", async () => {
    const { client, socket } = await start(memory({ session: kept("t1") }));
    socket.up(snapshot(1, 1));
    sessions = [Response.json({ error: { code: "forbidden", message: "" } }, { status: 403 })];
    await expect(client.forget()).rejects.toThrow();
    expect(texts(client)).toEqual(["line 1"]);
  });

  it("survives nonsense from the server", async () => {
    const complain = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { client, socket } = await start(memory({ session: kept("t1") }));
    socket.up(snapshot(1, 1));
    for (const nonsense of [null, 7, "x", {}, { seq: "one" }]) socket.push("event", nonsense);
    socket.push("event", wireEvent(2, "message", { text: "line 2" }, { actor: "bot" }));
    expect(texts(client)).toEqual(["line 1", "line 2"]);
    expect(complain).toHaveBeenCalledTimes(5);
    complain.mockRestore();
  });
});
