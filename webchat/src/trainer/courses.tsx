/** Rules, stories and test stories: by a form, or as YAML, with what would change before it is saved. */

import { useState } from "preact/hooks";

import { Modal } from "../console/modal";
import { fields, str } from "../protocol/parse";
import type { Course, Operation, Problem } from "./api";
import { DialogEnd, Diff, Fault, useAct, useDraft, type Shop } from "./kit";
import { fileName, said, t } from "./words";

interface FormStep {
  readonly kind: "customer" | "bot";
  readonly name: string;
  readonly said: string;
}

interface Start {
  /** Under which a draft of it is kept. */
  readonly key: string;
  readonly kind: string;
  readonly yaml: string;
  readonly note: string | null;
  readonly replaces?: Course;
}

interface Props {
  readonly shop: Shop;
  readonly start: Start | null;
  readonly onClose: () => void;
}

const isTest = (path: string): boolean => path.startsWith("tests/");

function fileFor(files: readonly string[], kind: string): string {
  if (kind === "test story") return files.find(isTest) ?? "";
  const folder = kind === "rule" ? "data/rules/" : "data/stories/";
  return files.find((path) => path.startsWith(folder)) ?? files[0] ?? "";
}

export const NEW_COURSE = "new course";
export const courseKey = ({ path, name }: Course): string => `course ${path}: ${name}`;

const FIRST_STEPS: readonly FormStep[] = [
  { kind: "customer", name: "", said: "" },
  { kind: "bot", name: "", said: "" },
];

/** Steps as a draft keeps them; whatever is none begins anew. */
function stepsOf(kept: string): readonly FormStep[] {
  try {
    const found = JSON.parse(kept) as unknown;
    if (!Array.isArray(found)) return FIRST_STEPS;
    return found.map((one: unknown): FormStep => {
      const of = fields(one);
      return { kind: of["kind"] === "bot" ? "bot" : "customer", name: str(of, "name"), said: str(of, "said") };
    });
  } catch {
    return FIRST_STEPS;
  }
}

export function CourseEditor({ shop, start, onClose }: Props) {
  const files = shop.data?.course_files ?? [];
  const draft = useDraft(
    shop,
    start?.key ?? NEW_COURSE,
    { as: start === null ? "form" : "yaml", yaml: start?.yaml ?? "", steps: JSON.stringify(FIRST_STEPS) },
    onClose,
  );
  const path = draft.of("path") || (start?.replaces?.path ?? fileFor(files, start?.kind ?? "rule")); // the data may still be on its way
  const byYaml = draft.of("as") === "yaml";
  const yaml = draft.of("yaml");
  const name = draft.of("name");
  const steps = stepsOf(draft.of("steps"));
  const setSteps = (next: readonly FormStep[]): void => draft.set({ steps: JSON.stringify(next) });
  const [found, setFound] = useState<{ files: readonly { path: string; diff: string }[]; problems: readonly Problem[] } | null>(null);
  const { busy, fault, act } = useAct();
  const change = (place: number, part: Partial<FormStep>): void =>
    setSteps(steps.map((step, at) => (at === place ? { ...step, ...part } : step)));
  const operation = (): Operation => ({
    type: "put_course",
    path,
    ...(start?.replaces === undefined ? {} : { replaces: start.replaces.name }),
    ...(byYaml
      ? { yaml }
      : {
          name,
          steps: steps.map((step) =>
            step.kind === "bot"
              ? { action: step.name }
              : { intent: step.name, ...(isTest(path) && step.said !== "" ? { said: step.said } : {}) },
          ),
        }),
  });
  return (
    <Modal title={start?.replaces?.name ?? t.knowledge.newCourse} onClose={draft.leave}>
      <div class="modal-body wide">
        {start !== null && start.note !== null && <p class="warn-text">{start.note}</p>}
        <div class="row">
          <label class="field grow">
            <span class="label">{t.knowledge.courseFile}</span>
            <select class="input" value={path} disabled={start?.replaces !== undefined} onChange={(event) => draft.set({ path: event.currentTarget.value })}>
              {files.map((one) => (
                <option key={one} value={one}>
                  {fileName(one)}
                </option>
              ))}
            </select>
          </label>
          {start === null && (
            <div class="row" role="group">
              <button type="button" class="button" aria-pressed={!byYaml} onClick={() => draft.set({ as: "form" })}>
                {t.knowledge.byForm}
              </button>
              <button type="button" class="button" aria-pressed={byYaml} onClick={() => draft.set({ as: "yaml" })}>
                {t.knowledge.byYaml}
              </button>
            </div>
          )}
        </div>
        {byYaml ? (
          <label class="field">
            <span class="label">YAML</span>
            <textarea
              class="input code"
              rows={14}
              spellcheck={false}
              value={yaml}
              onInput={(event) => {
                draft.set({ yaml: event.currentTarget.value });
                setFound(null);
              }}
            />
          </label>
        ) : (
          <>
            <label class="field">
              <span class="label">{t.knowledge.courseName}</span>
              <input class="input" value={name} maxLength={120} onInput={(event) => draft.set({ name: event.currentTarget.value })} />
            </label>
            <ol class="steps">
              {steps.map((step, place) => (
                <li key={place} class={`row step ${step.kind}`}>
                  <label class="field grow">
                    <span class="label">{step.kind === "customer" ? t.knowledge.customer : t.knowledge.bot}</span>
                    <select class="input" value={step.name} onChange={(event) => change(place, { name: event.currentTarget.value })}>
                      <option value="">…</option>
                      {(step.kind === "customer" ? (shop.data?.intents ?? []).map((one) => one.name) : (shop.data?.actions ?? [])).map((one) => (
                        <option key={one} value={one}>
                          {one}
                        </option>
                      ))}
                    </select>
                  </label>
                  {step.kind === "customer" && isTest(path) && (
                    <label class="field grow">
                      <span class="label">{t.knowledge.said}</span>
                      <input class="input" value={step.said} onInput={(event) => change(place, { said: event.currentTarget.value })} />
                    </label>
                  )}
                  <button
                    type="button"
                    class="button plain"
                    aria-label={t.knowledge.removeStep}
                    title={t.knowledge.removeStep}
                    onClick={() => setSteps(steps.filter((_, at) => at !== place))}
                  >
                    ×
                  </button>
                </li>
              ))}
            </ol>
            <div class="row">
              <button type="button" class="button" onClick={() => setSteps([...steps, { kind: "customer", name: "", said: "" }])}>
                {t.knowledge.addCustomer}
              </button>
              <button type="button" class="button" onClick={() => setSteps([...steps, { kind: "bot", name: "", said: "" }])}>
                {t.knowledge.addBot}
              </button>
            </div>
          </>
        )}
        <Fault text={fault} />
        {found !== null && (
          <div aria-live="polite">
            <p class="hint">{t.knowledge.fits}</p>
            {found.problems.map((one) => (
              <p key={one.text} class={one.severity === "error" ? "error-text" : "warn-text"}>
                {said(one.text)}
              </p>
            ))}
            {found.files.map((file) => (
              <Diff key={file.path} text={file.diff} />
            ))}
          </div>
        )}
        <DialogEnd draft={draft}>
          <button type="button" class="button" disabled={busy} onClick={() => act(async () => setFound(await shop.api.preview(operation())))}>
            {t.knowledge.check}
          </button>
          <button
            type="button"
            class="button primary"
            disabled={busy}
            onClick={() =>
              act(async () => {
                await shop.save(operation());
                draft.done();
                onClose();
              })
            }
          >
            {t.save}
          </button>
        </DialogEnd>
      </div>
    </Modal>
  );
}
