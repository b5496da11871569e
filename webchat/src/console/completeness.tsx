/** The badge that says whether a transcript is complete, after having checked. */

import { useEffect, useState } from "preact/hooks";

import { completeness, type Completeness as Verdict, type Digest } from "../core/transcript";
import type { ConversationEvent } from "../protocol/model";
import { Icon, shieldIcon, warningIcon } from "../ui/icons";
import { fill } from "../ui/i18n";
import { t } from "./words";

/** SHA-256 where the browser has it, which is in secure contexts only. */
const sha256: Digest | null =
  globalThis.crypto?.subtle === undefined ? null : (bytes) => crypto.subtle.digest("SHA-256", bytes);

interface Props {
  readonly events: readonly ConversationEvent[];
  readonly count: number;
  readonly headHash: string | null;
}

export function Completeness({ events, count, headHash }: Props) {
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  useEffect(() => {
    let current = true;
    completeness(events, count, headHash, sha256).then(
      (found) => {
        if (current) setVerdict(found);
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [events, count, headHash]);

  switch (verdict?.kind) {
    case undefined:
      return <span class="badge">{t.checking}</span>;
    case "verified":
      return (
        <span class="badge good" title={t.verifiedHint} data-testid="completeness">
          <Icon path={shieldIcon} size={14} />
          {fill(t.verified, { n: verdict.count })}
        </span>
      );
    case "counted":
      return (
        <span class="badge good" title={t.countedHint} data-testid="completeness">
          <Icon path={shieldIcon} size={14} />
          {fill(t.counted, { n: verdict.count })}
        </span>
      );
    case "incomplete":
      return (
        <span class="badge warn" title={t.incompleteHint} data-testid="completeness">
          <Icon path={warningIcon} size={14} />
          {fill(t.incomplete, { have: verdict.have, count: verdict.count })}
        </span>
      );
    default:
      return (
        <span class="badge bad" title={t.brokenHint} data-testid="completeness">
          <Icon path={warningIcon} size={14} />
          {fill(t.broken, { seq: verdict?.seq ?? 0 })}
        </span>
      );
  }
}
