/** The switch for a short sound when news comes. */

import { useState } from "preact/hooks";

import type { Keep } from "../client/keep";
import { bellIcon, Icon } from "../ui/icons";
import { chime } from "./chime";
import { useWords } from "./words";

export function SoundSwitch({ keep }: { keep: Keep }) {
  const { t } = useWords();
  const [on, setOn] = useState(() => keep.read("sound") === true);
  return (
    <button
      type="button"
      class="button"
      onClick={() => {
        keep.write("sound", on ? null : true);
        setOn(!on);
        if (!on) chime(); // so that one hears what was chosen; a browser allows sound after an act of the user
      }}
    >
      <Icon path={bellIcon} size={16} />
      {on ? t.soundOff : t.soundOn}
    </button>
  );
}
