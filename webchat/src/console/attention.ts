/** Calls the agent: by a sound, by a notice of the desktop while the console is not in front, and in the title. */

import { useEffect, useRef } from "preact/hooks";

import type { AgentClient } from "../client/agent";
import { callsBetween, waitingFor, type Call } from "../core/attention";
import type { DeskState } from "../core/desk";
import { fill } from "../ui/i18n";
import type { Selection } from "./app";
import { customerName } from "./inbox";
import { preferences } from "./preferences";
import { play } from "./sound";
import { known, t } from "./words";

/** What a locked screen may show too: who and why, never what was said. */
function noticeOf(call: Call): { readonly title: string; readonly body: string } {
  const customer = customerName(call.customer);
  switch (call.kind) {
    case "offer":
      return { title: fill(t.offerFrom, { customer }), body: `${known(t.reasons, call.reason)} · ${call.reference}` };
    case "message":
      return { title: fill(t.noticeMessage, { customer }), body: call.reference };
    case "reminder":
      return { title: fill(t.noticeReminder, { customer }), body: call.reference };
  }
}

function show(call: Call, onOpen: (selection: Selection) => void): void {
  if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
  const { title, body } = noticeOf(call);
  // The tag lets a newer notice of the same conversation take the place of the older.
  const notice = new Notification(title, { body, tag: call.id, silent: true });
  notice.addEventListener("click", () => {
    window.focus();
    onOpen({ kind: call.kind === "offer" ? "offer" : "conversation", id: call.id });
    notice.close();
  });
}

/** `watching`: the conversation on the screen, whose words need no sound while the page is in front. */
export function useAttention(client: AgentClient, state: DeskState, watching: string | null, onOpen: (to: Selection) => void): void {
  const latest = useRef({ watching, onOpen });
  latest.current = { watching, onOpen };
  useEffect(() => {
    let before = client.store.get();
    return client.store.subscribe(() => {
      const after = client.store.get();
      const calls = callsBetween(before, after);
      before = after;
      const { sound, notices } = preferences.get();
      const wanted = calls.filter((call) => document.hidden || call.kind === "offer" || call.id !== latest.current.watching);
      if (sound && wanted.length > 0) play(wanted.some(({ kind }) => kind === "offer") ? "offer" : "message");
      if (notices && document.hidden) for (const call of wanted) show(call, latest.current.onOpen);
    });
  }, [client]);

  const waiting = waitingFor(state);
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) ${t.product}` : `${t.product} · ${t.console}`;
  }, [waiting]);
}
