/** What somebody may set for their own console. */

import { useState } from "preact/hooks";

import { useStore } from "../ui/hooks";
import { Modal } from "./modal";
import { askToWatchScreen, canWatchScreen } from "./presence";
import { preferences, type Preferences, type Theme } from "./preferences";
import { play } from "./sound";
import { t } from "./words";

const THEMES: readonly Theme[] = ["system", "light", "dark"];

interface SwitchProps {
  readonly label: string;
  readonly hint: string;
  readonly on: boolean;
  readonly disabled?: boolean;
  readonly onChange: (on: boolean) => void;
}

function Switch({ label, hint, on, disabled = false, onChange }: SwitchProps) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>
        {label}
        <small>{hint}</small>
      </span>
    </label>
  );
}

export function Settings({ onClose }: { onClose: () => void }) {
  const wanted = useStore(preferences, (all) => all);
  const [denied, setDenied] = useState<"notices" | "screen" | null>(null);
  const set = (change: Partial<Preferences>): void => preferences.dispatch(change);
  const notices = "Notification" in globalThis;
  return (
    <Modal title={t.settings} onClose={onClose}>
      <fieldset class="themes">
        <legend>{t.theme}</legend>
        {THEMES.map((theme) => (
          <label key={theme} class={wanted.theme === theme ? "on" : ""}>
            <input type="radio" name="theme" class="cover" checked={wanted.theme === theme} onChange={() => set({ theme })} />
            {t.themes[theme]}
          </label>
        ))}
      </fieldset>
      <Switch
        label={t.sound}
        hint={t.soundHint}
        on={wanted.sound}
        onChange={(sound) => {
          set({ sound });
          if (sound) play("offer");
        }}
      />
      <Switch
        label={t.notices}
        hint={denied === "notices" ? t.noticesDenied : t.noticesHint}
        on={wanted.notices && notices && Notification.permission === "granted"}
        disabled={!notices}
        onChange={(on) => {
          if (!on) set({ notices: false });
          else {
            void Notification.requestPermission().then((answer) => {
              set({ notices: answer === "granted" });
              setDenied(answer === "granted" ? null : "notices");
            });
          }
        }}
      />
      <Switch
        label={t.watchScreen}
        hint={!canWatchScreen() ? t.watchScreenNone : denied === "screen" ? t.watchScreenDenied : t.watchScreenHint}
        on={wanted.watchScreen && canWatchScreen()}
        disabled={!canWatchScreen()}
        onChange={(on) => {
          if (!on) set({ watchScreen: false });
          else {
            void askToWatchScreen().then((granted) => {
              set({ watchScreen: granted });
              setDenied(granted ? null : "screen");
            });
          }
        }}
      />
      <Switch label={t.singleKeys} hint={t.singleKeysHint} on={wanted.keys} onChange={(keys) => set({ keys })} />
      <div class="act-foot">
        <button type="button" class="button" onClick={onClose}>
          {t.close}
        </button>
      </div>
    </Modal>
  );
}
