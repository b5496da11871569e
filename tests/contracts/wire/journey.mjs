// The journey, driven by npm's `socket.io-client`: a second client that nobody here wrote.
// node journey.mjs ORIGIN WEBCHAT; prints one JSON object, or fails with a message.

import { createRequire } from "node:module";
import { join } from "node:path";

const [origin, webchat] = process.argv.slice(2);
const { io } = createRequire(join(webchat, "package.json"))("socket.io-client");
const PATIENCE_MS = 20_000;
const found = {};
let clientIds = 0;

function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${PATIENCE_MS} ms: ${what}`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function check(holds, what) {
  if (!holds) throw new Error(what);
}

async function post(path, body, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(`${origin}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  check(answer.status === 201, `${path}: ${answer.status}`);
  return answer.json();
}

class Client {
  constructor(namespace, auth, options = {}) {
    this.told = [];
    this.waiting = [];
    this.socket = io(`${origin}${namespace}`, { auth, forceNew: true, reconnection: false, ...options });
    this.socket.onAny((name, payload) => this.take(name, payload));
    this.socket.on("connect_error", (error) =>
      this.take("connect_error", { message: error.message, ...(error.data ?? {}) }),
    );
  }

  take(name, payload) {
    this.told.push([name, payload]);
    this.waiting = this.waiting.filter((one) => !one());
  }

  // The first thing told, now or later, for which `holds` is true.
  sees(what, holds) {
    const promise = new Promise((resolve) => {
      const look = () => {
        const hit = this.told.find(([name, payload]) => holds(name, payload));
        if (hit) resolve(hit[1]);
        return Boolean(hit);
      };
      if (!look()) this.waiting.push(look);
    });
    return within(promise, what);
  }

  named(name) {
    return this.sees(name, (told) => told === name);
  }

  ask(name, ...data) {
    return within(new Promise((resolve) => this.socket.emit(name, ...data, resolve)), `ack of ${name}`);
  }

  async done(name, fields = {}) {
    const ack = await this.ask(name, fields);
    check(ack.ok === true, `${name}: ${JSON.stringify(ack)}`);
    return ack;
  }

  events() {
    const all = this.told.flatMap(([name, payload]) =>
      name === "snapshot" ? payload.events : name === "event" ? [payload] : [],
    );
    return all.sort((one, other) => one.seq - other.seq);
  }

  texts(kind) {
    return this.events()
      .filter((event) => event.type === "message" && event.actor.kind === kind)
      .map((event) => event.text);
  }

  hasNoGap() {
    let before = 0;
    return this.events().every((event) => {
      const fits = event.prev_seq === before;
      before = event.seq;
      return fits;
    });
  }
}

const id = () => `js-${++clientIds}`;
const session = await post("/api/v1/customer/sessions", { site: "nordlicht", locale: "en" });
const signedIn = await post("/api/v1/agent/sessions", { email: "agent1@demo.example", password: "demo-only" });
const conversation_id = session.conversation_id;

const agent = new Client("/agent", { v: 1, token: signedIn.token });
await agent.named("snapshot");
await agent.done("set_presence", { presence: "online" });

// From long polling, and upgraded on the way, as in any browser.
const customer = new Client("/customer", { v: 1, token: session.token, since: 0 });
await customer.named("snapshot");
const acks = await Promise.all(
  Array.from({ length: 200 }, (_, n) =>
    customer.done("message", { client_id: `burst-${n}`, text: `message number ${n}` }),
  ),
);
const seqs = acks.map((ack) => ack.seq);
check(
  seqs.every((seq, n) => n === 0 || seq > seqs[n - 1]),
  "200 messages came in another order",
);
await customer.sees("the last answer", (_, one) => one?.text === "You said: message number 199");
found.order = customer.texts("customer").every((text, n) => text === `message number ${n}`);
found.burst = customer.texts("customer").length;

await customer.done("message", { client_id: id(), text: "I want to talk to a human" });
const offer = await agent.named("offer");
found.complete = offer.transcript.count === offer.transcript.events.length;
const accepted = await agent.done("accept", { offer_id: offer.offer_id });
check(accepted.conversation_id === conversation_id, "another conversation");
const joined = await customer.sees("agent_joined", (_, one) => one?.type === "agent_joined");
found.agent = joined.agent.name;
await agent.done("message", { conversation_id, client_id: id(), text: "Good day from JavaScript" });
await customer.sees("the agent's word", (_, one) => one?.text === "Good day from JavaScript");
found.noGap = customer.hasNoGap();

const last = customer.events().at(-1).seq;
customer.socket.disconnect();
await agent.done("message", { conversation_id, client_id: id(), text: "Said meanwhile" });
const again = new Client("/customer", { v: 1, token: session.token, since: last });
const snapshot = await again.named("snapshot");
found.missed = snapshot.events.map((event) => event.text);

const same = { client_id: id(), text: "Only once" };
const [first, second] = await Promise.all([again.done("message", same), again.done("message", same)]);
found.once = first.seq === second.seq && first.at === second.at;
const refused = async (name, ...data) => (await again.ask(name, ...data)).error.code;
found.refusals = {
  another: await refused("message", { ...same, text: "Twice" }),
  nothing: await refused("message"),
  unknown: await refused("nonsense", {}),
  long: await refused("message", { client_id: id(), text: "x".repeat(4_001) }),
  binary: await refused("message", new Uint8Array([1, 2, 3])),
  stale: (await agent.ask("accept", { offer_id: "none" })).error.code,
};
await agent.done("resolve", { conversation_id, client_id: id(), outcome: "answered" });
await again.sees("the end", (_, one) => one?.type === "handoff_resolved");

const stranger = new Client("/customer", { v: 1, token: "nonsense", since: 0 });
found.badToken = (await stranger.named("connect_error")).code;
const foreign = new Client(
  "/customer",
  { v: 1, token: session.token, since: 0 },
  { extraHeaders: { Origin: "https://evil.example" } },
);
found.foreignOrigin = Boolean(await foreign.named("connect_error"));

for (const client of [agent, customer, again, stranger, foreign]) client.socket.disconnect();
console.log(JSON.stringify(found));
process.exit(0);
