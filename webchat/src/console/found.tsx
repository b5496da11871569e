/** What the server finds for the words in the search field, beside what the page itself has. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { AgentClient } from "../client/agent";
import { excerpt } from "../core/search";
import type { FoundConversation, FoundPage } from "../protocol/model";
import { useNow } from "../ui/hooks";
import { moment } from "../ui/i18n";
import { Avatar, customerName } from "./inbox";
import { LOCALE, t } from "./words";

const TYPED_MS = 250; // between two letters; whoever pauses longer wants to see what there is
const LETTERS_MIN = 2; // one letter begins half of all words

interface Search {
  readonly found: readonly FoundConversation[];
  readonly next: number | null;
  readonly complete: boolean;
  readonly state: "none" | "searching" | "failed" | "there";
}

const NOTHING: Search = { found: [], next: null, complete: true, state: "none" };

function withPage(before: readonly FoundConversation[], page: FoundPage): Search {
  const known = new Set(before.map(({ conversation_id }) => conversation_id));
  return { ...page, found: [...before, ...page.found.filter((one) => !known.has(one.conversation_id))], state: "there" };
}

/** Searches a moment after the last letter. `more` asks for the next page, and again after a failure. */
export function useSearch(client: AgentClient, query: string, up: boolean): Search & { readonly more: () => void } {
  const [search, setSearch] = useState<Search>(NOTHING);
  const latest = useRef(0); // answers to earlier words come too late
  const words = query.trim().replace(/\s+/g, " ");
  const ask = useCallback(
    async (before: readonly FoundConversation[], from: number | null): Promise<void> => {
      const turn = ++latest.current;
      setSearch((now) => ({ ...now, found: before, state: "searching" }));
      const answer = await client.search(words, from).catch(() => null); // in a shape that is not known
      if (turn !== latest.current) return;
      if (answer === null || "code" in answer) setSearch((now) => ({ ...now, state: "failed" }));
      else setSearch(withPage(before, answer));
    },
    [client, words],
  );
  const enough = words.length >= LETTERS_MIN;
  useEffect(() => {
    latest.current += 1;
    if (!enough || !up) {
      setSearch(NOTHING);
      return undefined;
    }
    const timer = setTimeout(() => void ask([], null), TYPED_MS);
    return () => clearTimeout(timer);
  }, [ask, enough, up]);
  return { ...search, more: () => void ask(search.found, search.next) };
}

interface RowProps {
  readonly one: FoundConversation;
  readonly query: string;
  readonly now: Date;
  readonly chosen: boolean;
  readonly onOpen: (one: FoundConversation) => void;
}

function Row({ one, query, now, chosen, onOpen }: RowProps) {
  const ended = one.state === null ? t.noPerson : t.states[one.state];
  return (
    <li>
      <button type="button" class={`row-button${chosen ? " chosen" : ""}`} aria-current={chosen} onClick={() => onOpen(one)}>
        <Avatar customer={one.customer} reference={one.reference ?? ""} />
        <span class="text">
          <strong class="title">
            <span class="name">{customerName(one.customer)}</span> <span class="meta">{one.reference}</span>
          </strong>
          {one.text !== null && (
            <span class="words two" dir="auto">
              {excerpt(one.text, query)}
            </span>
          )}
          <span class="meta">
            {moment(LOCALE, one.last_at, now)} · {one.agent === null ? ended : `${ended} · ${one.agent.name}`}
          </span>
        </span>
      </button>
    </li>
  );
}

interface Props {
  readonly search: ReturnType<typeof useSearch>;
  /** Those that the page has already, and shows above. */
  readonly shown: ReadonlySet<string>;
  readonly query: string;
  readonly chosenId: string | null;
  readonly onOpen: (one: FoundConversation) => void;
}

export function FoundElsewhere({ search, shown, query, chosenId, onOpen }: Props) {
  const now = useNow(60_000);
  const others = search.found.filter((one) => !shown.has(one.conversation_id));
  if (search.state === "none") return null;
  return (
    <section class="list" data-testid="found-elsewhere" aria-busy={search.state === "searching"}>
      <h2>
        {t.foundElsewhere} <span>{others.length > 0 && `${others.length}${search.next === null ? "" : "+"}`}</span>
      </h2>
      <ul>
        {others.map((one) => (
          <Row key={one.conversation_id} one={one} query={query} now={now} chosen={one.conversation_id === chosenId} onOpen={onOpen} />
        ))}
      </ul>
      <p class="none" role="status">
        {search.state === "searching" && t.searching}
        {search.state === "failed" && t.searchFailed}
        {search.state === "there" && !search.complete && t.searchPartly}
        {search.state === "there" && search.complete && others.length === 0 && t.nothingFound}
      </p>
      {(search.state === "failed" || (search.state === "there" && search.next !== null)) && (
        <button type="button" class="button plain more" onClick={search.more}>
          {search.state === "failed" ? t.searchAgain : t.searchMore}
        </button>
      )}
    </section>
  );
}
