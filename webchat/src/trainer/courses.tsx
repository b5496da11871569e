/** Rules, stories and test stories: by a form, or as YAML, with what would change before it is saved. */

import { useState } from "preact/hooks";

import { Modal } from "../console/modal";
import type { Course, Operation, Problem } from "./api";
import { Diff, Fault, useAct, type Shop } from "./kit";
import { t } from "./words";

interface FormStep {
  readonly kind: "customer" | "bot";
  readonly name: string;
  readonly said: string;
}

interface Start {
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

export function CourseEditor({ shop, start, onClose }: Props) {
  const files = shop.data?.course_files ?? [];
  const [chosenPath, setPath] = useState<string | null>(null);
  const path = chosenPath ?? start?.replaces?.path ?? fileFor(files, start?.kind ?? "rule"); // the data may still be on its way
  const [byYaml, setByYaml] = useState(start !== null);
  const [yaml, setYaml] = useState(start?.yaml ?? "");
  const [name, setName] = useState("");
  const [steps, setSteps] = useState<readonly FormStep[]>([
    { kind: "customer", name: "", said: "" },
    { kind: "bot", name: "", said: "" },
  ]);
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
    <Modal title={start?.replaces?.name ?? t.knowledge.newCourse} onClose={onClose}>
      <div class="modal-body wide">
        {start !== null && start.note !== null && <p class="warn-text">{start.note}</p>}
        <div class="row">
          <label class="field grow">
            <span class="label">{t.knowledge.courseFile}</span>
            <select class="input" value={path} disabled={start?.replaces !== undefined} onChange={(event) => setPath(event.currentTarget.value)}>
              {files.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </label>
          {start === null && (
            <div class="row" role="group">
              <button type="button" class="button" aria-pressed={!byYaml} onClick={() => setByYaml(false)}>
                {t.knowledge.byForm}
              </button>
              <button type="button" class="button" aria-pressed={byYaml} onClick={() => setByYaml(true)}>
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
                setYaml(event.currentTarget.value);
                setFound(null);
              }}
            />
          </label>
        ) : (
          <>
            <label class="field">
              <span class="label">{t.knowledge.courseName}</span>
              <input class="input" value={name} maxLength={120} onInput={(event) => setName(event.currentTarget.value)} />
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
                {one.text}
              </p>
            ))}
            {found.files.map((file) => (
              <Diff key={file.path} text={file.diff} />
            ))}
          </div>
        )}
        <div class="row end">
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
                onClose();
              })
            }
          >
            {t.save}
          </button>
        </div>
      </div>
    </Modal>
  );
}
