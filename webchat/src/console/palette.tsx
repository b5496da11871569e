/** Finding a command or a conversation by a few letters, and the list of keys. */

import { useState } from "preact/hooks";

import type { DeskConversation } from "../core/desk";
import { excerpt, findIn, matches, wordsOf } from "../core/search";
import { fill } from "../ui/i18n";
import type { allKeys, Command } from "./commands";
import { Finder } from "./finder";
import { customerName } from "./inbox";
import { Modal } from "./modal";
import { t } from "./words";

interface Entry {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly detail: string | null;
  readonly key: string | null;
  readonly run: () => void;
}

const FOUND_MAX = 40; // more than anybody reads; a further letter shortens the list

interface Props {
  readonly commands: readonly Command[];
  readonly conversations: readonly DeskConversation[];
  readonly onShow: (conversationId: string, seq: number | null) => void;
  /** Looks for words in all conversations. */
  readonly onSearch: (query: string) => void;
  readonly onClose: () => void;
}

function entriesFor(query: string, { commands, conversations, onShow, onSearch }: Props): readonly Entry[] {
  const words = wordsOf(query);
  const fits = commands
    .filter(({ title, group }) => matches(`${title} ${group}`, words))
    .map(({ id, title, group, key, run }): Entry => ({ id, title, group, detail: null, key: key ?? null, run }));
  const shown = words.length === 0 ? conversations.map((conversation) => ({ conversation, seq: null, text: null })) : findIn(conversations, query, ({ customer }) => customerName(customer));
  const going = shown.map(({ conversation, seq, text }): Entry => ({
    id: `to.${conversation.id}`,
    title: fill(t.commandShow, { customer: customerName(conversation.customer), reference: conversation.handoff?.reference ?? "" }),
    group: t.conversations,
    detail: text === null ? null : excerpt(text, query),
    key: null,
    run: () => onShow(conversation.id, seq),
  }));
  const everywhere: Entry = {
    id: "search.everywhere",
    title: fill(t.searchFor, { query: query.trim() }),
    group: t.conversations,
    detail: null,
    key: null,
    run: () => onSearch(query.trim()),
  };
  return [...[...fits, ...going].slice(0, FOUND_MAX), ...(words.length === 0 ? [] : [everywhere])];
}

export function Palette(props: Props) {
  const [query, setQuery] = useState("");
  return (
    <Modal title={t.palette} onClose={props.onClose} kind="palette">
      <Finder
        label={t.palette}
        placeholder={t.paletteHint}
        query={query}
        onQuery={setQuery}
        onEscape={null}
        choices={entriesFor(query, props).map(({ id, title, group, detail, key, run }) => ({
          id,
          group,
          take: () => {
            props.onClose();
            queueMicrotask(run); // the dialog gives the focus back first; a command may put it elsewhere, before the next key
          },
          shown: (
            <>
              <span class="text">
                <span>{title}</span>
                {detail !== null && <small dir="auto">{detail}</small>}
              </span>
              {key !== null && <kbd>{key.toUpperCase()}</kbd>}
            </>
          ),
        }))}
      />
    </Modal>
  );
}

/** All keys: the single ones, and those that work while writing too. */
export function Shortcuts({ keys, onClose }: { keys: ReturnType<typeof allKeys>; onClose: () => void }) {
  return (
    <Modal title={t.shortcuts} onClose={onClose} kind="wide">
      <dl class="keys">
        {keys.map(({ key, title }) => (
          <div key={key}>
            <dt>{title}</dt>
            <dd>
              <kbd>{key.toUpperCase()}</kbd>
            </dd>
          </div>
        ))}
        <div>
          <dt>{t.palette}</dt>
          <dd>
            <kbd>{t.keyControl}</kbd> <kbd>K</kbd>
          </dd>
        </div>
        <div>
          <dt>{t.keyStep}</dt>
          <dd>
            <kbd>Alt</kbd> <kbd>↓</kbd> <kbd>↑</kbd>
          </dd>
        </div>
        <div>
          <dt>{t.keyLeave}</dt>
          <dd>
            <kbd>Esc</kbd>
          </dd>
        </div>
      </dl>
      <div class="act-foot">
        <button type="button" class="button" onClick={onClose}>
          {t.close}
        </button>
      </div>
    </Modal>
  );
}
