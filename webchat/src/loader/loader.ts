/**
 * The embed script. It puts one button on the host page and nothing else; the chat itself is an iframe of our own
 * origin, made when it is first wanted. No network, no storage beyond one word in sessionStorage, no inline style or
 * script, so that it works under a strict content security policy and in any page's styles.
 */

import { NAMES } from "./names";

type Listener = (detail: unknown) => void;

export interface Api {
  open(): void;
  close(): void;
  /** Who the customer is: the sign-in token that the site has signed, `null` when they have signed out. */
  identify(token: string | null): void;
  /** The language, for a page that changes its own. What the customer chose in the chat stands above it. */
  setLocale(locale: string): void;
  /** `open`, `close` and `unread` (with a count). Returns a way to stop listening. */
  on(event: string, listener: Listener): () => void;
}

declare global {
  interface Window {
    Byname?: Api;
  }
}

/** What is important in here is so above everything that the page's own styles say of the element. */
const STYLE = `
:host{all:initial!important;position:fixed!important;inset:auto 20px 20px auto!important;z-index:2147483000!important;
color-scheme:light dark!important}
:host(.left){inset:auto auto 20px 20px!important}
button{all:unset;box-sizing:border-box;display:grid;place-items:center;width:60px;height:60px;border-radius:50%;
background:var(--accent);color:var(--ink);cursor:pointer;box-shadow:0 6px 20px rgb(10 25 40/28%);transition:transform .16s}
button:hover{transform:translateY(-2px)}
button:focus-visible{outline:3px solid var(--accent);outline-offset:3px;box-shadow:0 0 0 3px #fff}
svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
b{position:absolute;top:-4px;inset-inline-end:-4px;min-width:22px;padding:0 6px;box-sizing:border-box;border-radius:11px;
background:#b3261e;color:#fff;font:700 12px/22px system-ui,sans-serif;text-align:center}
[hidden]{display:none}
iframe{position:fixed;right:20px;bottom:92px;width:400px;height:min(680px,calc(100vh - 112px));border:0;border-radius:16px;
background:Canvas;box-shadow:0 12px 48px rgb(10 25 40/26%)}
.left iframe{right:auto;left:20px}
@media(max-width:480px),(max-height:540px){iframe,.left iframe{inset:0;width:100%;height:100%;border-radius:0}.open button{display:none}}
@media(prefers-reduced-motion:reduce){button{transition:none}button:hover{transform:none}}
@media(forced-colors:active){button{border:2px solid ButtonText}iframe{border:1px solid ButtonText}}
`;

const CHAT = "M4 5.5h16v11h-8.5L7 20v-3.5H4v-11ZM8 9.5h8M8 12.5h5";
const CROSS = "m6 6 12 12M18 6 6 18";
type Words = readonly [name: string, close: string, unread: string];

/** What the button says until the chat has brought the words of its language. */
function named(locale: string): Words {
  const name = NAMES[locale.slice(0, 2).toLowerCase()] ?? NAMES["en"] ?? "";
  return [name, name, name];
}

/** Dark or light ink, by the ground's luminance as WCAG counts it (approximated with a plain square). */
function inkOn(color: string): string {
  const [red = 0, green = 0, blue = 0] = (color.match(/[0-9a-f]{2}/gi) ?? []).map(
    (pair) => (Number.parseInt(pair, 16) / 255) ** 2.2,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#10161d" : "#fff";
}

function start(script: HTMLScriptElement): void {
  const { site = "", accent: wish = "", side } = script.dataset;
  const origin = new URL(script.src).origin;
  const accent = /^#[0-9a-f]{6}$/i.test(wish) ? wish : "#1f5f8b";
  const memory = `byname.${site}`;
  const listeners = new Map<string, Set<Listener>>();

  const holder = document.createElement("byname-chat");
  const shadow = holder.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];
  const frameBox = document.createElement("div");
  const button = document.createElement("button");
  const badge = document.createElement("b");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(shape);
  button.type = "button";
  button.dataset["testid"] = "launcher";
  badge.hidden = true;
  badge.setAttribute("aria-hidden", "true");
  button.append(svg, badge);
  frameBox.append(button);
  shadow.append(frameBox);
  if (side === "left") holder.className = frameBox.className = "left";
  holder.style.setProperty("--accent", accent);
  holder.style.setProperty("--ink", inkOn(accent));

  let frame: HTMLIFrameElement | null = null;
  let ready = false;
  let shown = false;
  let takesFocus = false; // not after a page load that only shows again what was open
  let unread = 0;
  let mark = ""; // what stands before the page's title, which the page may change meanwhile
  let locale = script.dataset["locale"] ?? document.documentElement.lang;
  let words = named(locale);
  let identity: string | null | undefined; // not said yet

  const emit = (event: string, detail?: unknown): void => listeners.get(event)?.forEach((listener) => listener(detail));

  function remember(word: string): void {
    try {
      sessionStorage.setItem(memory, word);
    } catch {
      // Storage is forbidden: the panel is then closed after the next page.
    }
  }

  function tell(message: object): void {
    if (ready) frame?.contentWindow?.postMessage({ byname: 1, ...message }, origin);
  }

  function tellShown(): void {
    if (ready && shown && takesFocus) frame?.focus();
    tell({ type: shown ? "opened" : "closed", focus: takesFocus });
  }

  function draw(): void {
    frameBox.classList.toggle("open", shown);
    shape.setAttribute("d", shown ? CROSS : CHAT);
    button.setAttribute("aria-expanded", String(shown));
    button.setAttribute("aria-label", (shown ? words[1] : words[0]) + (unread > 0 ? `. ${words[2]}: ${unread}` : ""));
    badge.hidden = unread === 0 || shown;
    badge.textContent = unread > 99 ? "99+" : String(unread);
    if (frame === null) return;
    frame.title = words[0];
    frame.hidden = !shown;
  }

  function load(): void {
    if (frame !== null) return;
    const query = new URLSearchParams({ site, locale, host: location.origin, page: location.origin + location.pathname });
    if (accent === wish) query.set("accent", accent);
    if (identity !== undefined) query.set("identified", "1");
    frame = document.createElement("iframe");
    frame.src = `${origin}/widget/?${query}`;
    frameBox.prepend(frame);
    draw();
  }

  function show(next: boolean): void {
    if (next) load();
    if (shown === next) return;
    shown = next;
    remember(next ? "open" : "closed");
    draw();
    tellShown();
    if (!next) button.focus();
    emit(next ? "open" : "close");
  }

  /** Shown or hidden by somebody's act, so that the focus goes along. */
  function act(next: boolean): void {
    takesFocus = true;
    show(next);
  }

  addEventListener("message", (event) => {
    if (frame === null || event.source !== frame.contentWindow || event.origin !== origin) return;
    const data: unknown = event.data;
    if (typeof data !== "object" || data === null || !("byname" in data) || !("type" in data)) return;
    if (data.type === "ready") {
      ready = true;
      tell({ type: "locale", locale });
      if (identity !== undefined) tell({ type: "identity", token: identity });
      tellShown();
    } else if (data.type === "words" && "words" in data && Array.isArray(data.words)) {
      words = [String(data.words[0]), String(data.words[1]), String(data.words[2])];
      draw();
    } else if (data.type === "close") {
      show(false);
    } else if (data.type === "unread" && "count" in data && typeof data.count === "number" && data.count !== unread) {
      unread = data.count;
      const title = document.title.startsWith(mark) ? document.title.slice(mark.length) : document.title;
      mark = unread > 0 ? `(${unread}) ` : "";
      document.title = mark + title;
      draw();
      emit("unread", unread);
    }
  });
  button.addEventListener("click", () => act(!shown));

  window.Byname = {
    open: () => act(true),
    close: () => act(false),
    identify(token) {
      identity = token;
      tell({ type: "identity", token });
    },
    setLocale(next) {
      locale = next;
      if (!ready) words = named(locale);
      draw();
      tell({ type: "locale", locale });
    },
    on(event, listener) {
      const known = listeners.get(event) ?? new Set();
      listeners.set(event, known.add(listener));
      return () => known.delete(listener);
    },
  };

  draw();
  document.body.append(holder);
  let before: string | null = null;
  try {
    before = sessionStorage.getItem(memory);
  } catch {
    // As above.
  }
  if (before === "open") show(true);
  else if (before === "closed") load();
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement && window.Byname === undefined) {
  if (document.body === null) addEventListener("DOMContentLoaded", () => start(script));
  else start(script);
}
