/** Which model serves, what is being put in its place, and what a run's model can still be offered for. */

export interface Serving {
  readonly in_service: { readonly run: { readonly id: string } | null } | null;
  readonly swap: { readonly step: string } | null;
}

export type Offer = "serves" | "promote" | "wait" | "none";

/** `serves`: it answers customers now. `wait`: it could, but models are being changed just now. */
export function offerOf(run: { readonly id: string; readonly status: string }, serving: Serving | null): Offer {
  if (serving?.in_service?.run?.id === run.id) return "serves";
  if (run.status !== "passed") return "none";
  return serving === null || serving.swap !== null ? "wait" : "promote";
}
