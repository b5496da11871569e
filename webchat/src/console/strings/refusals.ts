/**
 * Why the server refused something, in the other languages of the console. The server says it in English, which is the
 * key here. A test of the server's (tests/tooling/test_server_sentences.py) finds what is missing.
 */

import type { Refusals } from "../../core/refusals";

export const REFUSALS: Readonly<Record<string, Refusals>> = {
  de: {
    "You do not have this conversation now.": "Dieses Gespräch ist nicht mehr bei Ihnen.",
    "Write to the customer, or record a contact, before you end this.":
      "Schreiben Sie erst dem Kunden oder vermerken Sie einen Kontakt, bevor Sie abschließen.",
    "The customer had this conversation erased; nothing is said in it any more.":
      "Der Kunde hat dieses Gespräch löschen lassen; darin wird nichts mehr geschrieben.",
    "{name} is not there. Nothing has changed.": "{name} ist nicht da. Es wurde nichts geändert.",
    "{name} has this conversation already.": "Dieses Gespräch ist schon bei {name}.",
    "You have no free seat for this promise; finish a conversation first.":
      "Für dieses Versprechen haben Sie keinen Platz frei; schließen Sie erst ein Gespräch ab.",
    "You have this conversation already.": "Dieses Gespräch ist schon bei Ihnen.",
    "{name} is not there or has no free seat. Nothing has changed.":
      "{name} ist nicht da oder hat keinen Platz frei. Es wurde nichts geändert.",
    "Nobody of {name} is there with a free seat. Nothing has changed.":
      "Bei {name} ist niemand mit einem freien Platz da. Es wurde nichts geändert.",
    "There is nothing to take back here.": "Hier gibt es nichts rückgängig zu machen.",
    "You have no free seat for it any more; finish a conversation first.":
      "Dafür haben Sie keinen Platz mehr frei; schließen Sie erst ein Gespräch ab.",
    "It is too late to take this back.": "Das lässt sich nicht mehr rückgängig machen.",
    "This customer is blocked already.": "Dieser Kunde ist schon gesperrt.",
    "Somebody is still owed to this customer elsewhere: end {reference} first.":
      "Diesem Kunden wird anderswo noch eine Antwort geschuldet: Schließen Sie erst {reference} ab.",
    "This customer is not blocked.": "Dieser Kunde ist nicht gesperrt.",
    "There is an account with this id already.": "Ein Konto mit dieser Kennung gibt es schon.",
    "There is no such agent.": "Diese Person gibt es nicht.",
    "There is no such team.": "Dieses Team gibt es nicht.",
    "The time of a follow-up lies in the future, at most 60 days ahead.":
      "Ein Termin zum Nachfassen liegt in der Zukunft, höchstens 60 Tage voraus.",
    "Only supervisors can do this.": "Das kann nur die Leitung.",
    "Only an administrator can do this for supervisors, trainers and administrators.":
      "Für Leitung, Training und Verwaltung kann das nur die Verwaltung.",
    "Only agents take conversations.": "Nur Berater übernehmen Gespräche.",
    "This account is disabled.": "Dieses Konto ist gesperrt.",

    "There is an account for {email} already.": "Für {email} gibt es schon ein Konto.",
    "This account is disabled. Enable it first.": "Dieses Konto ist gesperrt. Geben Sie es erst frei.",
    "Nobody changes their own access. Ask another administrator.":
      "Niemand ändert den eigenen Zugriff. Bitten Sie eine andere Person der Verwaltung.",
    "Nobody disables their own account. Ask another administrator.":
      "Niemand sperrt das eigene Konto. Bitten Sie eine andere Person der Verwaltung.",
    "A desk has at most {n} teams.": "Es sind höchstens {n} Teams möglich.",
    "This team stands in the desk file; the operator can remove it there.":
      "Dieses Team steht in der Desk-Datei; dort kann der Betreiber es entfernen.",
    "These people belong to this team: {names}. Give them another one first.":
      "Zu diesem Team gehören: {names}. Geben Sie ihnen erst ein anderes.",
    "Customers wait for this team, or were promised its answer. Try again later.":
      "Kunden warten auf dieses Team oder haben seine Zusage. Versuchen Sie es später noch einmal.",
    "Canned answers are for this team. Change them first.": "Für dieses Team gibt es Textbausteine. Ändern Sie diese zuerst.",
    "The hours of the desk file hold already.": "Die Zeiten der Desk-Datei gelten schon.",
    "There is an answer with this title for the same language and team already.":
      "Einen Baustein mit diesem Titel gibt es für diese Sprache und dieses Team schon.",
    "A desk has at most {n} canned answers.": "Es sind höchstens {n} Textbausteine möglich.",
    "Somebody else has changed this in the meantime. Look at it again.":
      "Inzwischen hat das jemand anderes geändert. Sehen Sie es sich noch einmal an.",

    "There is no team {team}; the desk has {teams}.": "Ein Team {team} gibt es nicht; es gibt {teams}.",
    "The {field} is one line.": "Jede Angabe steht in einer Zeile.",
    "The {field} is empty.": "Eine Angabe fehlt.",
    "The {field} has {n} characters; at most {most} can be sent at once.":
      "Eine Angabe hat {n} Zeichen; möglich sind {most}.",
    "The {field} has a control character; only new line and tab are possible.": "Eine Angabe enthält ein Steuerzeichen.",
    "A name stands on one line.": "Ein Name steht in einer Zeile.",
    "{email} is not an e-mail address.": "{email} ist keine E-Mail-Adresse.",
    "Access is one or more of agent, supervisor, trainer, admin.": "Wählen Sie mindestens einen Zugriff.",
    "A person takes from 1 to {n} conversations at once.": "Möglich sind 1 bis {n} Gespräche zugleich.",
    "A person has at most {n} {what}.": "Eine Person hat höchstens {n} Einträge in einem Feld.",
    "{language} is not a language such as en or de-AT (ISO 639-1).": "{language} ist kein Sprachkürzel wie en oder de.",
    "{language} is not a language such as en or de (ISO 639-1).": "{language} ist kein Sprachkürzel wie en oder de.",
    "{skill} is not a skill: it has small letters, digits, - and _ only.":
      "{skill} ist keine Kenntnis: Möglich sind Kleinbuchstaben, Ziffern, - und _.",
    "A day has at most {n} spans of opening hours.": "Ein Tag hat höchstens {n} Zeitspannen.",
    "There are at most {n} holidays.": "Möglich sind höchstens {n} Feiertage.",
    "The key of a team has small letters, digits, - and _ only.":
      "Der Schlüssel eines Teams hat nur Kleinbuchstaben, Ziffern, - und _.",
    "{{name}} is not known; known are {known}.": "{{name}} ist nicht bekannt; möglich sind {known}.",
    "There is no team {team}.": "Ein Team {team} gibt es nicht.",
  },
};
