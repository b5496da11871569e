/** The bar above everything: where one is, whether one is there, and what is one's own. */

import type { ComponentChildren } from "preact";

import type { DeskState } from "../core/desk";
import { boardIcon, Icon, inboxIcon, peopleIcon, searchIcon, settingsIcon, signOutIcon } from "../ui/icons";
import { plural } from "../ui/i18n";
import { LanguageButton } from "./language";
import { LOCALE, t } from "./words";

export type Tab = "inbox" | "board" | "administration";

interface TabShown {
  readonly tab: Tab;
  readonly icon: string;
  readonly title: string;
  /** Who has it. */
  readonly has: (state: DeskState) => boolean;
}

const TABS: readonly TabShown[] = [
  { tab: "inbox", icon: inboxIcon, title: t.inbox, has: () => true },
  { tab: "board", icon: boardIcon, title: t.board, has: (state) => state.board !== null },
  { tab: "administration", icon: peopleIcon, title: t.administration, has: (state) => state.board !== null },
];

interface Props {
  readonly state: DeskState;
  readonly tab: Tab;
  readonly onTab: (tab: Tab) => void;
  readonly onPalette: () => void;
  readonly onSettings: () => void;
  readonly onSignOut: () => void;
  /** The presence switch. */
  readonly children: ComponentChildren;
}

export function Top({ state, tab, onTab, onPalette, onSettings, onSignOut, children }: Props) {
  const tabs = TABS.filter(({ has }) => has(state));
  return (
    <header class="top">
      <p class="mark">
        <span aria-hidden="true">B</span>
        <strong>{t.product}</strong>
      </p>
      {tabs.length > 1 && (
        <nav class="tabs" aria-label={t.console}>
          {tabs.map((one) => (
            <button key={one.tab} type="button" aria-pressed={tab === one.tab} onClick={() => onTab(one.tab)}>
              <Icon path={one.icon} size={17} />
              {one.title}
              {one.tab === "board" && state.alerts.length > 0 && (
                <span class="count">
                  <span aria-hidden="true">{state.alerts.length}</span>
                  <span class="visually-hidden">{plural(LOCALE, t.alertCount, state.alerts.length)}</span>
                </span>
              )}
            </button>
          ))}
        </nav>
      )}
      <button type="button" class="palette-button" onClick={onPalette} aria-keyshortcuts="Control+K Meta+K">
        <Icon path={searchIcon} size={16} />
        <span>{t.palette}</span>
        <kbd>{t.keyControl} K</kbd>
      </button>
      <span class="grow" />
      {children}
      <p class="me">
        <strong>{state.me?.name ?? ""}</strong>
        <span>{state.me?.role ?? ""}</span>
      </p>
      <span class="own">
        <LanguageButton />
        <button type="button" class="icon-button" aria-label={t.settings} title={t.settings} onClick={onSettings}>
          <Icon path={settingsIcon} />
        </button>
        <button type="button" class="icon-button" aria-label={t.signOut} title={t.signOut} onClick={onSignOut}>
          <Icon path={signOutIcon} />
        </button>
      </span>
    </header>
  );
}
