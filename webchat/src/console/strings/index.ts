/** The languages of the console. Each but English is loaded when it is wanted. */

import en, { type Strings } from "./en";

export type { Strings };

export const LANGUAGES = ["en", "de"] as const;

export async function loadStrings(language: string): Promise<Strings> {
  switch (language) {
    case "de":
      return (await import("./de")).default;
    default:
      return en;
  }
}
