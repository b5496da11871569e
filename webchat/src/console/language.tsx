/** The way to the console's other language. */

import { changeLanguage, t } from "./words";

export function LanguageButton() {
  if (changeLanguage === null) return null;
  return (
    <button type="button" class="button plain language" lang={t.otherLanguageCode} onClick={changeLanguage}>
      {t.otherLanguage}
    </button>
  );
}
