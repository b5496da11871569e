/** The administration: people, teams, opening hours, canned answers, and who changed what. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { Keep } from "../../client/keep";
import type { Office } from "../../client/office";
import { asWireError } from "../../client/http";
import type { Overview } from "../../protocol/administration";
import type { TeamName } from "../../protocol/model";
import { errorText, t } from "../words";
import "./administration.css";
import { Answers } from "./answers";
import { Audit } from "./audit";
import { Hours } from "./hours";
import { People } from "./people";
import { Teams } from "./teams";

const SECTIONS = ["people", "teams", "hours", "answers", "audit"] as const;
type Section = (typeof SECTIONS)[number];

interface Props {
  readonly office: Office;
  readonly keep: Keep;
  /** The reader's id. */
  readonly me: string;
  /** Changes when colleagues changed something, so that it is read again. */
  readonly news: unknown;
  readonly teams: readonly TeamName[];
}

export function Administration({ office, keep, me, news, teams }: Props) {
  const [overview, setOverview] = useState<Overview | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [section, setSection] = useState<Section>(() => SECTIONS.find((one) => one === keep.read("section")) ?? "people");
  const list = useRef<HTMLElement>(null);
  const look = useCallback(async (): Promise<void> => {
    try {
      setOverview(await office.overview());
      setFault(null);
    } catch (error) {
      setFault(errorText(asWireError(error)));
    }
  }, [office]);
  useEffect(() => void look(), [look, news]);
  // On a phone the sections are a row that is wider than the screen.
  useEffect(() => list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }), [section]);
  const onChanged = (): void => void look();
  const choose = (one: Section): void => {
    setSection(one);
    keep.write("section", one);
  };

  return (
    <main class="administration">
      <nav ref={list} aria-label={t.administration}>
        <h1>{t.administration}</h1>
        {SECTIONS.map((one) => (
          <button key={one} type="button" aria-current={section === one ? "page" : undefined} onClick={() => choose(one)}>
            {t.sections[one]}
          </button>
        ))}
      </nav>
      {/* It scrolls, so a keyboard has to get there, also where there is nothing in it to press. */}
      <section
        class="section"
        tabIndex={0}
        aria-label={t.sections[section]}
        data-testid={`section-${section}`}
        aria-busy={overview === null && section !== "audit"}
      >
        {fault !== null && (
          <p class="strip bad" role="alert">
            <span class="grow">{fault}</span>
            <button type="button" class="button" onClick={onChanged}>
              {t.tryAgain}
            </button>
          </p>
        )}
        {section === "audit" && <Audit office={office} teams={teams} />}
        {overview !== null && (
          <>
            {section === "people" && <People overview={overview} office={office} me={me} onChanged={onChanged} />}
            {section === "teams" && <Teams overview={overview} office={office} onChanged={onChanged} />}
            {section === "hours" && <Hours key={overview.hours.version} hours={overview.hours} office={office} onChanged={onChanged} />}
            {section === "answers" && <Answers overview={overview} office={office} onChanged={onChanged} />}
          </>
        )}
      </section>
    </main>
  );
}
