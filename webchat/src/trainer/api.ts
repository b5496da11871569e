/** The workshop's calls, and what they answer: parsed once, here. */

import { call, CallFailed } from "../client/http";
import { fields } from "../protocol/parse";
import type { Did } from "./deeds";

export interface Score {
  readonly intent: string;
  readonly confidence: number;
}

export interface Finding {
  readonly id: string;
  readonly conversation_id: string;
  readonly at: string;
  readonly language: string;
  readonly text: string;
  readonly masked: readonly string[];
  readonly reasons: readonly string[];
  readonly handoff_reason: string | null;
  readonly ranking: readonly Score[];
  readonly agent: string | null;
  readonly answers: readonly string[];
  /** The intent that it was taught as, or what it was taught to say about wanting a person. */
  readonly taught_as: string | null;
  readonly taught_about: string | null;
}

export interface Group {
  readonly cost: number;
  readonly count: number;
  readonly minutes: number;
  readonly reasons: readonly string[];
  /** Of all of them: the first few are shown, and all are taught or set aside. */
  readonly ids: readonly string[];
  readonly findings: readonly Finding[];
}

export interface Line {
  readonly at: string;
  readonly who: string;
  readonly name: string | null;
  readonly text: string;
  readonly understood: { readonly intent: string; readonly confidence: number; readonly unsure: boolean } | null;
}

export interface Intent {
  readonly name: string;
  readonly sentences: Readonly<Record<string, number>>;
  readonly topic: string;
  readonly fixed: boolean;
  /** Whether it is recognised by sentences. */
  readonly teachable: boolean;
}

export interface Sentence {
  readonly language: string;
  readonly text: string;
}

export interface Answer {
  readonly name: string;
  readonly language: string;
  readonly text: string;
  readonly buttons: readonly string[];
}

export interface Course {
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  readonly yaml: string;
  readonly steps: readonly { readonly kind: string; readonly name: string; readonly said: string | null }[];
}

export interface Data {
  readonly versions: Readonly<Record<string, string>>;
  readonly intents: readonly Intent[];
  readonly topics: readonly string[];
  readonly request_languages: readonly string[];
  readonly entities: readonly string[];
  readonly actions: readonly string[];
  readonly answers: readonly Answer[];
  readonly courses: readonly Course[];
  readonly course_files: readonly string[];
}

export interface Problem {
  readonly severity: string;
  readonly about: string;
  readonly text: string;
}

export interface Checked {
  readonly text: string | null;
  readonly why: string | null;
  readonly masked: readonly string[];
  readonly near: readonly {
    readonly intent: string | null;
    readonly kind: string | null;
    readonly language: string;
    readonly text: string;
  }[];
  readonly ranking: readonly Score[];
  /** What the server hears in it now, about a person being wanted. */
  readonly heard: { readonly request: string; readonly chance: number; readonly distress: boolean } | null;
}

/** A sentence about requests for a person: `kind` is asks, sounds_like_it or distress. */
export interface Request {
  readonly kind: string;
  readonly text: string;
}

export interface Run {
  readonly id: string;
  readonly status: string;
  readonly step: string;
  readonly done: readonly { readonly name: string; readonly seconds: number }[];
  readonly message: string;
  readonly by: { readonly name: string };
  readonly at: string;
  /** Messages that are read, while they are. */
  readonly count?: { readonly now: number; readonly of: number };
}

interface Side {
  readonly recall: number | null;
  readonly precision: number | null;
  readonly right: number;
}

export interface Outcome {
  readonly outcome: string;
  readonly choices: readonly string[];
  readonly person: string;
}

interface Sides<T> {
  readonly candidate: T;
  readonly current?: T;
}

/** Of the gate. What it is about is named: sentences, stories, or intents with what they lost. */
export interface Condition {
  readonly name: string;
  readonly ok: boolean;
  readonly now?: number;
  readonly before?: number;
  readonly of?: number;
  readonly named?: readonly (string | Loss)[]; // not in what a server of before wrote
  readonly named_count?: number;
}

export interface Loss {
  readonly intent: string;
  readonly figure: "recall" | "precision";
  readonly before: number;
  readonly now: number;
}

interface Tried {
  readonly text: string;
  readonly language: string;
  readonly meant: string | null;
  readonly candidate: Outcome;
}

export interface Result {
  readonly gate: {
    readonly passed: boolean;
    readonly conditions: readonly Condition[];
  };
  readonly overall: Sides<{ readonly messages: number; readonly right: number; readonly share: number | null }>;
  readonly human: Sides<{
    readonly requests: number;
    readonly heard: number;
    readonly recall: number | null;
    readonly others: number;
    readonly false_alarms: number;
  }>;
  readonly latency: Sides<{ readonly p50_ms: number; readonly p95_ms: number }>;
  readonly intents: readonly ({ readonly intent: string; readonly messages: number } & Sides<Side>)[];
  readonly confusions: readonly {
    readonly meant: string;
    readonly understood: string;
    readonly candidate: number;
    readonly current?: number;
  }[];
  readonly changed: readonly (Tried & { readonly current: Outcome; readonly verdict: string })[];
  /** What trainers taught; not in what a server of before wrote. */
  readonly taught?: readonly (Tried & { readonly current: Outcome | null; readonly learned: boolean })[];
  readonly unmeasured?: readonly string[]; // nor this
  readonly stories: { readonly count: number; readonly failed: readonly string[]; readonly handoff: readonly string[] };
}

/** A model, with the run that made it; none for the one of the beginning. */
export interface Model {
  readonly name: string;
  readonly run: { readonly id: string; readonly at: string; readonly by: string } | null;
}

export interface Overview {
  readonly in_service: Model | null;
  readonly since: { readonly at: string; readonly by: string; readonly kind: string } | null;
  readonly run: Run | null;
  readonly edits_since: number;
  readonly back_to: Model | null;
  /** A change of the model in service that is under way; `by` is null where it is put right after a restart. */
  readonly swap: { readonly kind: string; readonly by: string | null; readonly model: Model | null; readonly step: string } | null;
  /** What came of the last one, where it failed. */
  readonly swap_failed: { readonly kind: string; readonly by: string; readonly text: string } | null;
}

export interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly at: string;
  readonly by: string;
  readonly did: Did | null;
  readonly title: string;
  /** The file of the model that was put in service, or back. */
  readonly model: string | null;
  readonly files: readonly string[];
  readonly undone: boolean;
}

export interface Figures {
  readonly turns: number;
  readonly answered: number;
  readonly helpful: number;
  readonly not_helpful: number;
  readonly confirmed: number | null;
}

export interface Goal {
  readonly id: string;
  readonly title: string;
  readonly intent: string;
  readonly days_left: number;
  readonly over: boolean;
  readonly done: boolean;
  readonly before: number | null;
  readonly since: number | null;
  readonly better: boolean | null;
  readonly handoffs_before: number | null;
  readonly handoffs_since: number | null;
}

export interface Measures {
  readonly days: readonly ({ readonly day: string; readonly handoffs: Readonly<Record<string, number>> } & Figures)[];
  readonly total: { readonly handoffs: Readonly<Record<string, number>> } & Figures;
  readonly intents: readonly {
    readonly intent: string;
    readonly turns: number;
    readonly helpful: number;
    readonly handoffs: number;
  }[];
  readonly promotions: readonly {
    readonly at: string;
    readonly kind: string;
    readonly by: string;
    readonly before: Figures;
    readonly after: Figures;
  }[];
  readonly goals: readonly Goal[];
}

export interface Clash {
  readonly path: string;
  readonly theirs: string | null;
  readonly yours: string;
}

/** The server's answers are its own, and of one version with this page: their outer shape is looked at, no more. */
function shaped<T>(keys: readonly string[]): (value: unknown) => T {
  return (value) => {
    const of = fields(value);
    for (const key of keys) if (!(key in of)) throw new TypeError(`the answer has no ${key}`);
    return of as T;
  };
}

export interface Saved {
  readonly id: string;
  readonly did: Did;
  readonly versions: Data["versions"];
}

export type Operation = { readonly type: string } & Readonly<Record<string, unknown>>;

const PATIENCE_MS = 90_000; // a swap of models may take a minute on a busy machine

export class Api {
  constructor(
    readonly token: string,
    private readonly onSignedOut: () => void,
  ) {}

  private async ask<T>(name: string, keys: readonly string[], body?: unknown): Promise<T> {
    try {
      return await call(
        `/api/v1/trainer/${name}`,
        { token: this.token, timeoutMs: PATIENCE_MS, ...(body === undefined ? {} : { method: "POST" as const, body }) },
        shaped<T>(keys),
      );
    } catch (error) {
      if (error instanceof CallFailed && error.status === 401) this.onSignedOut();
      throw error;
    }
  }

  overview = (): Promise<Overview> => this.ask("overview", ["in_service", "swap"]);
  inbox = (show: string, reason: string): Promise<{ total: number; groups: readonly Group[] }> =>
    this.ask(`inbox?show=${show}${reason === "" ? "" : `&reason=${reason}`}`, ["groups"]);
  conversation = (id: string): Promise<{ lines: readonly Line[] }> =>
    this.ask(`conversation?id=${encodeURIComponent(id)}`, ["lines"]);
  data = (): Promise<Data> => this.ask("data", ["versions", "intents"]);
  intent = (name: string): Promise<{ sentences: readonly Sentence[]; held_back: readonly Sentence[] }> =>
    this.ask(`intent?name=${encodeURIComponent(name)}`, ["sentences"]);
  requests = (language: string): Promise<{ sentences: readonly Request[] }> =>
    this.ask(`requests?language=${encodeURIComponent(language)}`, ["sentences"]);
  problems = (): Promise<{ problems: readonly Problem[] }> => this.ask("problems", ["problems"]);
  check = (text: string, language: string): Promise<Checked> => this.ask("check", ["near"], { text, language });
  course = (conversation_id: string, kind: string): Promise<{ yaml: string; form: boolean }> =>
    this.ask("course", ["yaml"], { conversation_id, kind });
  edit = (operation: Operation, versions: Data["versions"], findings: readonly string[] = []): Promise<Saved> =>
    this.ask("edit", ["id"], { operation, versions, findings });
  preview = (operation: Operation): Promise<{ files: readonly { path: string; diff: string }[]; problems: readonly Problem[] }> =>
    this.ask("preview", ["files"], { operation });
  undo = (id: string): Promise<Saved> => this.ask("undo", ["id"], { id });
  history = (): Promise<{ entries: readonly Entry[]; uncommitted: readonly string[] | null }> =>
    this.ask("history", ["entries"]);
  commit = (message: string): Promise<{ commit: string }> => this.ask("commit", ["commit"], { message });
  decide = (findings: readonly string[], decision: string): Promise<unknown> => this.ask("decide", [], { findings, decision });
  runs = (): Promise<{ runs: readonly Run[] }> => this.ask("runs", ["runs"]);
  run = (id: string): Promise<{ run: Run; log: string; warnings: string; result: Result | null }> => this.ask(`run?id=${id}`, ["run", "log"]);
  train = (): Promise<{ run: Run }> => this.ask("train", ["run"], {});
  cancel = (id: string): Promise<unknown> => this.ask("cancel", [], { id });
  promote = (id: string): Promise<unknown> => this.ask("promote", [], { id });
  rollBack = (of: string): Promise<unknown> => this.ask("roll_back", [], { of });
  measures = (): Promise<Measures> => this.ask("measures", ["days"]);
  goal = (title: string, intent: string): Promise<unknown> => this.ask("goal", [], { title, intent });
  goalDone = (id: string): Promise<unknown> => this.ask("goal_done", [], { id });
}
