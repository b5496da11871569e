"""What the desk itself says, in the languages of the widget besides English and German. Words only, no rule."""

from __future__ import annotations

from handoff.domain.events import Button
from handoff.domain.speech_form import Speech

FURTHER: dict[str, Speech] = {
    "bg": Speech(
        greeting=(
            "Здравейте! Аз съм ИИ асистентът на {trader}. На обичайните въпроси отговарям веднага. Когато "
            "пожелаете, докоснете „Разговор с човек“ или просто го напишете и разговорът се поема от "
            "колега, който се представя с името си."
        ),
        greeting_back=(
            "Радваме се, че отново сте тук, {name}! Аз съм ИИ асистентът на {trader}. Какво мога да "
            "направя за Вас днес? Ако предпочитате човек, докоснете „Разговор с човек“."
        ),
        answers_in="Отговарям на английски или немски.",
        person_question="Предпочитате ли да говорите с човек?",
        ask_for_person=Button(title="Разговор с човек", payload="Искам да говоря с човек"),
        other_language="Колегата, който ще поеме разговора, може да Ви отговори на друг език.",
        request_stands=(
            "Заявката Ви за разговор с човек е в сила; "
            "обещаният час е посочен по-горе. Междувременно можете да пишете тук."
        ),
        way_back="{agent} току-що Ви помогна. Едно докосване Ви връща.",
        way_back_button=Button(title="Обратно при {agent}", payload="Искам да говоря с човек: {agent}"),
        blocked=(
            "{agent} прекрати този разговор и вече не можете да пишете тук. Можете да го четете и да "
            "запазите копие. Пишете ни по пощата: {name}, {postal_address}; или на имейл: {email}."
        ),
    ),
    "cs": Speech(
        greeting=(
            "Dobrý den! Jsem AI asistent firmy {trader}. Na běžné otázky odpovím hned. Kdykoli "
            "chcete, klepněte na „Mluvit s člověkem“ nebo to prostě napište a převezme to konkrétní "
            "člověk."
        ),
        greeting_back=(
            "Vítejte zpět, {name}! Jsem AI asistent firmy {trader}. Co pro vás dnes mohu udělat? "
            "Pokud chcete člověka, klepněte na „Mluvit s člověkem“."
        ),
        answers_in="Odpovídám anglicky nebo německy.",
        person_question="Chcete raději mluvit s člověkem?",
        ask_for_person=Button(title="Mluvit s člověkem", payload="Chci mluvit s člověkem"),
        other_language="Kolega, který to převezme, vám možná odpoví v jiném jazyce.",
        request_stands=(
            "Vaše žádost o rozhovor s člověkem platí; slíbený čas je uveden výše. Zatím zde můžete dál psát."
        ),
        way_back="Před chvílí vám pomáhal náš tým: {agent}. Jedním klepnutím jste zpět.",
        way_back_button=Button(title="Zpět: {agent}", payload="Chci mluvit s člověkem: {agent}"),
        blocked=(
            "{agent} ukončuje tuto konverzaci a už zde nemůžete psát. Stále ji můžete číst a uchovat "
            "si kopii. Napište nám poštou: {name}, {postal_address}; nebo e-mailem: {email}."
        ),
    ),
    "da": Speech(
        greeting=(
            "Hej! Jeg er AI-assistent hos {trader}. Almindelige spørgsmål svarer jeg på med det samme. "
            "Når du vil, så tryk på ”Tal med et menneske” eller skriv det bare, så tager en kollega over "
            "og præsenterer sig ved navn."
        ),
        greeting_back=(
            "Velkommen tilbage, {name}! Jeg er AI-assistent hos {trader}. Hvad kan jeg gøre for dig i "
            "dag? Vil du hellere have et menneske, så tryk på ”Tal med et menneske”."
        ),
        answers_in="Jeg svarer på engelsk eller tysk.",
        person_question="Vil du hellere tale med et menneske?",
        ask_for_person=Button(title="Tal med et menneske", payload="Jeg vil gerne tale med et menneske"),
        other_language="Den kollega, der tager over, svarer måske på et andet sprog end dit.",
        request_stands=(
            "Din anmodning om et menneske gælder stadig; "
            "den lovede tid står ovenfor. Du kan skrive videre her imens."
        ),
        way_back="{agent} hjalp dig for lidt siden. Med ét tryk er du tilbage.",
        way_back_button=Button(
            title="Tilbage til {agent}", payload="Jeg vil gerne tale med et menneske: {agent}"
        ),
        blocked=(
            "{agent} har afsluttet denne samtale, og du kan ikke længere skrive her. Du kan stadig "
            "læse den og gemme en kopi. Du kan kontakte os med brev: {name}, {postal_address}; eller "
            "e-mail: {email}."
        ),
    ),
    "el": Speech(
        greeting=(
            "Γεια σας! Είμαι ο βοηθός ΤΝ ({trader}). Στις συνηθισμένες ερωτήσεις απαντώ αμέσως. Όποτε "
            "θέλετε, πατήστε «Μιλήστε με άνθρωπο» ή απλώς γράψτε το, και αναλαμβάνει συνεργάτης μας, που "
            "σας λέει το όνομά του."
        ),
        greeting_back=(
            "Χαιρόμαστε που σας ξαναβλέπουμε, {name}! Είμαι ο βοηθός ΤΝ ({trader}). Τι μπορώ να κάνω για "
            "εσάς σήμερα; Αν προτιμάτε άνθρωπο, πατήστε «Μιλήστε με άνθρωπο»."
        ),
        answers_in="Απαντώ στα αγγλικά ή στα γερμανικά.",
        person_question="Προτιμάτε να μιλήσετε με άνθρωπο;",
        ask_for_person=Button(title="Μιλήστε με άνθρωπο", payload="Θέλω να μιλήσω με άνθρωπο"),
        other_language="Ο συνεργάτης που θα αναλάβει ίσως σας απαντήσει σε άλλη γλώσσα.",
        request_stands=(
            "Το αίτημά σας να μιλήσετε με άνθρωπο ισχύει· η ώρα που υποσχεθήκαμε φαίνεται πιο πάνω. Στο μεταξύ "
            "μπορείτε να γράφετε εδώ."
        ),
        way_back="Πριν από λίγο σας βοήθησε: {agent}. Με ένα πάτημα επιστρέφετε.",
        way_back_button=Button(title="Πίσω: {agent}", payload="Θέλω να μιλήσω με άνθρωπο: {agent}"),
        blocked=(
            "Η συνομιλία έκλεισε ({agent}) και δεν μπορείτε πια να γράψετε εδώ. Μπορείτε να τη "
            "διαβάσετε και να κρατήσετε αντίγραφο. Γράψτε μας ταχυδρομικά: {name}, {postal_address}· "
            "ή με e-mail: {email}."
        ),
    ),
    "es": Speech(
        greeting=(
            "¡Hola! Soy el asistente de IA de {trader}. Respondo al momento a las preguntas habituales. "
            "Cuando quiera, pulse «Hablar con una persona» o simplemente dígalo, y le atenderá alguien "
            "que se presenta por su nombre."
        ),
        greeting_back=(
            "¡Qué bien verle de nuevo, {name}! Soy el asistente de IA de {trader}. ¿En qué puedo ayudarle "
            "hoy? Si prefiere una persona, pulse «Hablar con una persona»."
        ),
        answers_in="Respondo en inglés o en alemán.",
        person_question="¿Prefiere hablar con una persona?",
        ask_for_person=Button(title="Hablar con una persona", payload="Quiero hablar con una persona"),
        other_language="Es posible que la persona que le atienda responda en otro idioma.",
        request_stands=(
            "Su petición de hablar con una persona sigue en pie; la hora prometida figura arriba. Mientras tanto"
            " puede seguir escribiendo aquí."
        ),
        way_back="{agent} le ha ayudado hace un momento. Con un toque puede volver.",
        way_back_button=Button(title="Volver con {agent}", payload="Quiero hablar con una persona: {agent}"),
        blocked=(
            "{agent} ha terminado esta conversación y ya no puede escribir aquí. Puede leerla y "
            "guardar una copia. Puede escribirnos por carta: {name}, {postal_address}; o por correo "
            "electrónico: {email}."
        ),
    ),
    "et": Speech(
        greeting=(
            "Tere! Olen ettevõtte {trader} tehisaruassistent. Tavalistele küsimustele vastan kohe. Kui "
            "soovite, vajutage „Räägi inimesega“ või kirjutage seda, ja vestluse võtab üle kolleeg, kes "
            "end nimepidi tutvustab."
        ),
        greeting_back=(
            "Tore teid jälle näha, {name}! Olen ettevõtte {trader} tehisaruassistent. Mida saan täna teie "
            "heaks teha? Inimese saamiseks vajutage „Räägi inimesega“."
        ),
        answers_in="Vastan inglise või saksa keeles.",
        person_question="Kas soovite pigem rääkida inimesega?",
        ask_for_person=Button(title="Räägi inimesega", payload="Soovin rääkida inimesega"),
        other_language="Kolleeg, kes vestluse üle võtab, võib vastata mõnes teises keeles.",
        request_stands="Teie palve inimesega vestelda kehtib; lubatud aeg on üleval. Võite seni siin edasi kirjutada.",
        way_back="{agent} aitas teid äsja. Üks vajutus viib tagasi.",
        way_back_button=Button(title="Tagasi: {agent}", payload="Soovin rääkida inimesega: {agent}"),
        blocked=(
            "{agent} lõpetas selle vestluse ja te ei saa siin enam kirjutada. Saate seda lugeda ja "
            "koopia alles hoida. Kirjutage meile postiga: {name}, {postal_address}; või e-postiga: "
            "{email}."
        ),
    ),
    "fi": Speech(
        greeting=(
            "Hei! Olen tekoälyavustaja ({trader}). Vastaan tavallisiin kysymyksiin heti. Kun haluat, "
            "paina ”Juttele ihmisen kanssa” tai kirjoita se, niin kollegamme jatkaa omalla nimellään."
        ),
        greeting_back=(
            "Tervetuloa takaisin, {name}! Olen tekoälyavustaja ({trader}). Miten voin auttaa tänään? Jos "
            "haluat ihmisen, paina ”Juttele ihmisen kanssa”."
        ),
        answers_in="Vastaan englanniksi tai saksaksi.",
        person_question="Haluatko mieluummin jutella ihmisen kanssa?",
        ask_for_person=Button(title="Juttele ihmisen kanssa", payload="Haluan puhua ihmisen kanssa"),
        other_language="Keskustelua jatkava kollegamme saattaa vastata toisella kielellä.",
        request_stands=(
            "Pyyntösi jutella ihmisen kanssa on voimassa; "
            "luvattu aika on yllä. Voit sillä välin kirjoittaa täällä."
        ),
        way_back="{agent} auttoi sinua hetki sitten. Yksi painallus vie takaisin.",
        way_back_button=Button(title="Takaisin: {agent}", payload="Haluan puhua ihmisen kanssa: {agent}"),
        blocked=(
            "{agent} on lopettanut tämän keskustelun, etkä voi enää kirjoittaa täällä. Voit yhä lukea"
            " sen ja tallentaa kopion. Tavoitat meidät kirjeellä: {name}, {postal_address}; tai "
            "sähköpostilla: {email}."
        ),
    ),
    "fr": Speech(
        greeting=(
            "Bonjour\u00a0! Je suis l’assistant IA de {trader}. Je réponds tout de suite aux questions "
            "courantes. Quand vous voulez, touchez «\u00a0Parler à une personne\u00a0» ou écrivez-le simplement\u00a0: "
            "quelqu’un prend le relais et se présente."
        ),
        greeting_back=(
            "Ravis de vous revoir, {name}\u00a0! Je suis l’assistant IA de {trader}. Que puis-je faire pour "
            "vous aujourd’hui\u00a0? Si vous préférez une personne, touchez «\u00a0Parler à une personne\u00a0»."
        ),
        answers_in="Je réponds en anglais ou en allemand.",
        person_question="Préférez-vous parler à une personne\u00a0?",
        ask_for_person=Button(title="Parler à une personne", payload="Je voudrais parler à une personne"),
        other_language="La personne qui prend le relais vous répondra peut-être dans une autre langue.",
        request_stands=(
            "Votre demande de parler à une personne tient toujours\u00a0; l’heure promise est indiquée plus haut. "
            "Vous pouvez continuer à écrire ici en attendant."
        ),
        way_back="{agent} vient de vous aider. Un appui suffit pour reprendre.",
        way_back_button=Button(
            title="Revenir à {agent}", payload="Je voudrais parler à une personne: {agent}"
        ),
        blocked=(
            "{agent} a mis fin à cette conversation, et vous ne pouvez plus écrire ici. Vous pouvez "
            "toujours la lire et en garder une copie. Vous nous joignez par courrier\u00a0: {name}, "
            "{postal_address}\u00a0; ou par e-mail\u00a0: {email}."
        ),
    ),
    "ga": Speech(
        greeting=(
            "Dia duit! Is mise cúntóir IS {trader}. Freagraím gnáthcheisteanna láithreach. Am ar bith"
            " is mian leat, brúigh “Labhair le duine” nó scríobh é, agus glacfaidh duine ainmnithe "
            "leis."
        ),
        greeting_back=(
            "Fáilte ar ais, {name}! Is mise cúntóir IS {trader}. Cad is féidir liom a dhéanamh duit "
            "inniu? Chun duine ainmnithe a fháil, brúigh “Labhair le duine”."
        ),
        answers_in="Freagraím i mBéarla nó i nGearmáinis.",
        person_question="Arbh fhearr leat labhairt le duine?",
        ask_for_person=Button(title="Labhair le duine", payload="Ba mhaith liom labhairt le duine"),
        other_language="B’fhéidir gur i dteanga eile a fhreagróidh an duine thú.",
        request_stands=(
            "Seasann d’iarratas ar dhuine; tá an t-am a gealladh thuas. Is féidir leat leanúint ort "
            "ag scríobh anseo idir an dá linn."
        ),
        way_back="Chabhraigh {agent} leat nóiméad ó shin. Tugann brú amháin ar ais thú.",
        way_back_button=Button(
            title="Ar ais chuig {agent}", payload="Ba mhaith liom labhairt le duine: {agent}"
        ),
        blocked=(
            "Chuir {agent} deireadh leis an gcomhrá seo, agus ní féidir leat scríobh anseo a "
            "thuilleadh. Is féidir leat é a léamh fós agus cóip a choinneáil. Scríobh chugainn sa "
            "phost: {name}, {postal_address}; nó ar ríomhphost: {email}."
        ),
    ),
    "hr": Speech(
        greeting=(
            "Dobar dan! Ja sam AI asistent tvrtke {trader}. Na uobičajena pitanja odgovaram odmah. Kad "
            "god želite, dodirnite „Razgovor s osobom” ili to jednostavno napišite i razgovor preuzima "
            "netko tko se predstavlja imenom."
        ),
        greeting_back=(
            "Drago nam je da ste opet tu, {name}! Ja sam AI asistent tvrtke {trader}. Što danas mogu "
            "učiniti za vas? Ako radije razgovarate s osobom, dodirnite „Razgovor s osobom”."
        ),
        answers_in="Odgovaram na engleskom ili njemačkom.",
        person_question="Želite li radije razgovarati s osobom?",
        ask_for_person=Button(title="Razgovor s osobom", payload="Želim razgovarati s osobom"),
        other_language="Osoba koja preuzima razgovor možda će vam odgovoriti na drugom jeziku.",
        request_stands=(
            "Vaš zahtjev za razgovor s osobom vrijedi; "
            "obećano vrijeme navedeno je gore. U međuvremenu ovdje možete dalje pisati."
        ),
        way_back="Upravo vam je pomogao naš tim: {agent}. Jednim ste dodirom opet tamo.",
        way_back_button=Button(title="Natrag: {agent}", payload="Želim razgovarati s osobom: {agent}"),
        blocked=(
            "{agent} završava ovaj razgovor i ovdje više ne možete pisati. I dalje ga možete čitati i"
            " sačuvati kopiju. Pišite nam poštom: {name}, {postal_address}; ili e-poštom: {email}."
        ),
    ),
    "hu": Speech(
        greeting=(
            "Üdvözlöm! Az MI-asszisztens vagyok ({trader}). A gyakori kérdésekre azonnal válaszolok. "
            "Amikor csak szeretné, koppintson ide: „Beszélek egy munkatárssal”, vagy egyszerűen írja le, "
            "és egy munkatársunk veszi át, aki bemutatkozik."
        ),
        greeting_back=(
            "Örülünk, hogy újra itt van, {name}! Az MI-asszisztens vagyok ({trader}). Miben segíthetek "
            "ma? Munkatársért koppintson ide: „Beszélek egy munkatárssal”."
        ),
        answers_in="Angolul vagy németül válaszolok.",
        person_question="Inkább egy munkatárssal beszélne?",
        ask_for_person=Button(
            title="Beszélek egy munkatárssal", payload="Szeretnék egy munkatárssal beszélni"
        ),
        other_language="Lehet, hogy a munkatárs, aki átveszi a beszélgetést, más nyelven válaszol.",
        request_stands=(
            "A kérése, hogy munkatárssal beszéljen, érvényben van; "
            "az ígért idő fent látható. Addig is írhat ide."
        ),
        way_back="{agent} az imént segített Önnek. Egy koppintással visszatérhet.",
        way_back_button=Button(
            title="Vissza: {agent}", payload="Szeretnék egy munkatárssal beszélni: {agent}"
        ),
        blocked=(
            "{agent} lezárta ezt a beszélgetést, és ide már nem írhat. Elolvashatja és másolatot is "
            "megőrizhet. Postán elér minket: {name}, {postal_address}; vagy e-mailben: {email}."
        ),
    ),
    "it": Speech(
        greeting=(
            "Buongiorno! Sono l’assistente IA di {trader}. Rispondo subito alle domande comuni. "
            "Quando vuole, tocchi «Parla con una persona» o lo scriva semplicemente: subentra una "
            "persona con nome e cognome."
        ),
        greeting_back=(
            "Che piacere rivederla, {name}! Sono l’assistente IA di {trader}. Che cosa posso fare per"
            " lei oggi? Per una persona con nome e cognome tocchi «Parla con una persona»."
        ),
        answers_in="Rispondo in inglese o in tedesco.",
        person_question="Preferisce parlare con una persona?",
        ask_for_person=Button(title="Parla con una persona", payload="Vorrei parlare con una persona"),
        other_language="La persona che subentra potrebbe risponderle in un’altra lingua.",
        request_stands=(
            "La sua richiesta di parlare con una persona resta valida; l’ora promessa è indicata sopra. Intanto "
            "può continuare a scrivere qui."
        ),
        way_back="{agent} l’ha appena aiutata. Basta un tocco per riprendere.",
        way_back_button=Button(title="Torna da {agent}", payload="Vorrei parlare con una persona: {agent}"),
        blocked=(
            "{agent} ha chiuso questa conversazione e lei non può più scrivere qui. Può ancora "
            "leggerla e conservarne una copia. Ci raggiunge per posta: {name}, {postal_address}; o "
            "per e-mail: {email}."
        ),
    ),
    "kn": Speech(
        greeting=(
            "ನಮಸ್ಕಾರ! ನಾನು {trader} ಸಂಸ್ಥೆಯ AI ಸಹಾಯಕ. ಸಾಮಾನ್ಯ ಪ್ರಶ್ನೆಗಳಿಗೆ ಕೂಡಲೇ ಉತ್ತರಿಸುತ್ತೇನೆ. ಯಾವಾಗ "
            "ಬೇಕಾದರೂ “ವ್ಯಕ್ತಿಯೊಂದಿಗೆ ಮಾತನಾಡಿ” ಒತ್ತಿ ಅಥವಾ ಹಾಗೆಂದು ಬರೆಯಿರಿ, ತಮ್ಮ ಹೆಸರು ಹೇಳಿ ಒಬ್ಬ ಸಹೋದ್ಯೋಗಿ "
            "ಮುಂದುವರಿಸುತ್ತಾರೆ."
        ),
        greeting_back=(
            "ಮತ್ತೆ ಸ್ವಾಗತ, {name}! ನಾನು {trader} ಸಂಸ್ಥೆಯ AI ಸಹಾಯಕ. ಇಂದು ನಿಮಗಾಗಿ ಏನು"
            " ಮಾಡಲಿ? ವ್ಯಕ್ತಿ ಬೇಕಿದ್ದರೆ “ವ್ಯಕ್ತಿಯೊಂದಿಗೆ ಮಾತನಾಡಿ” ಒತ್ತಿ."
        ),
        answers_in="ನಾನು ಇಂಗ್ಲಿಷ್ ಅಥವಾ ಜರ್ಮನ್ ಭಾಷೆಯಲ್ಲಿ ಉತ್ತರಿಸುತ್ತೇನೆ.",
        person_question="ವ್ಯಕ್ತಿಯೊಂದಿಗೆ ಮಾತನಾಡಲು ಬಯಸುತ್ತೀರಾ?",
        ask_for_person=Button(title="ವ್ಯಕ್ತಿಯೊಂದಿಗೆ ಮಾತನಾಡಿ", payload="ನಾನು ಒಬ್ಬ ವ್ಯಕ್ತಿಯೊಂದಿಗೆ ಮಾತನಾಡಬೇಕು"),
        other_language="ಮುಂದುವರಿಸುವ ವ್ಯಕ್ತಿ ಬೇರೆ ಭಾಷೆಯಲ್ಲಿ ಉತ್ತರಿಸಬಹುದು.",
        request_stands="ವ್ಯಕ್ತಿಗಾಗಿ ನಿಮ್ಮ ವಿನಂತಿ ಹಾಗೆಯೇ ಇದೆ; ಭರವಸೆಯ ಸಮಯ ಮೇಲಿದೆ. ಅಷ್ಟರಲ್ಲಿ ಇಲ್ಲಿ ಬರೆಯುತ್ತಿರಬಹುದು.",
        way_back="{agent} ಸ್ವಲ್ಪ ಹೊತ್ತಿನ ಹಿಂದೆ ನಿಮಗೆ ಸಹಾಯ ಮಾಡಿದರು. ಒಂದು ಸ್ಪರ್ಶದಲ್ಲಿ ಹಿಂತಿರುಗಿ.",
        way_back_button=Button(title="{agent} ಅವರಿಗೆ ಹಿಂತಿರುಗಿ", payload="ನಾನು ಒಬ್ಬ ವ್ಯಕ್ತಿಯೊಂದಿಗೆ ಮಾತನಾಡಬೇಕು: {agent}"),
        blocked=(
            "{agent} ಈ ಸಂಭಾಷಣೆಯನ್ನು ಕೊನೆಗೊಳಿಸಿದ್ದಾರೆ, ನೀವು ಇನ್ನು ಇಲ್ಲಿ ಬರೆಯಲಾಗದು. "
            "ನೀವು ಅದನ್ನು ಓದಬಹುದು, ಪ್ರತಿ ಇಟ್ಟುಕೊಳ್ಳಬಹುದು. ಅಂಚೆ: {name}, "
            "{postal_address}; ಅಥವಾ ಇಮೇಲ್: {email}."
        ),
    ),
    "lt": Speech(
        greeting=(
            "Laba diena! Esu {trader} DI asistentas. Į įprastus klausimus atsakau iš karto. Kai tik "
            "norėsite, palieskite „Kalbėtis su žmogumi“ arba tiesiog parašykite, ir pokalbį perims "
            "kolega, kuris prisistatys vardu."
        ),
        greeting_back=(
            "Malonu vėl jus matyti, {name}! Esu {trader} DI asistentas. Kuo galiu šiandien padėti? "
            "Jei norite žmogaus, palieskite „Kalbėtis su žmogumi“."
        ),
        answers_in="Atsakau angliškai arba vokiškai.",
        person_question="Ar norėtumėte pasikalbėti su žmogumi?",
        ask_for_person=Button(title="Kalbėtis su žmogumi", payload="Noriu pasikalbėti su žmogumi"),
        other_language="Pokalbį perėmęs kolega gali atsakyti kita kalba.",
        request_stands=(
            "Jūsų prašymas pasikalbėti su žmogumi galioja; "
            "pažadėtas laikas nurodytas aukščiau. Kol kas galite čia rašyti toliau."
        ),
        way_back="{agent} ką tik jums padėjo. Vienu palietimu grįšite.",
        way_back_button=Button(title="Atgal: {agent}", payload="Noriu pasikalbėti su žmogumi: {agent}"),
        blocked=(
            "{agent} baigė šį pokalbį, ir čia rašyti nebegalite. Galite jį skaityti ir pasilikti "
            "kopiją. Rašykite mums paštu: {name}, {postal_address}; arba el. paštu: {email}."
        ),
    ),
    "lv": Speech(
        greeting=(
            "Labdien! Esmu {trader} MI asistents. Uz ierastiem jautājumiem atbildu uzreiz. Kad vien "
            "vēlaties, pieskarieties “Runāt ar cilvēku” vai vienkārši to uzrakstiet, un sarunu pārņems "
            "kolēģis, kas nosauks savu vārdu."
        ),
        greeting_back=(
            "Prieks jūs atkal redzēt, {name}! Esmu {trader} MI asistents. Ko varu šodien jūsu labā "
            "darīt? Ja vēlaties cilvēku, pieskarieties “Runāt ar cilvēku”."
        ),
        answers_in="Atbildu angļu vai vācu valodā.",
        person_question="Vai labāk vēlaties runāt ar cilvēku?",
        ask_for_person=Button(title="Runāt ar cilvēku", payload="Vēlos runāt ar cilvēku"),
        other_language="Kolēģis, kurš pārņems sarunu, var atbildēt citā valodā.",
        request_stands=(
            "Jūsu lūgums runāt ar cilvēku ir spēkā; "
            "solītais laiks norādīts augstāk. Pa to laiku varat šeit rakstīt tālāk."
        ),
        way_back="{agent} jums tikko palīdzēja. Ar vienu pieskārienu atgriezīsieties.",
        way_back_button=Button(title="Atpakaļ: {agent}", payload="Vēlos runāt ar cilvēku: {agent}"),
        blocked=(
            "{agent} pabeidza šo sarunu, un jūs šeit vairs nevarat rakstīt. Varat to lasīt un paturēt"
            " kopiju. Rakstiet mums pa pastu: {name}, {postal_address}; vai pa e-pastu: {email}."
        ),
    ),
    "mt": Speech(
        greeting=(
            "Bonġu! Jien l-assistent tal-IA ta’ {trader}. Għal mistoqsijiet tas-soltu nwieġeb mill-"
            "ewwel. Meta trid, agħfas “Kellem persuna” jew sempliċement iktbu, u tieħu f’idejha "
            "persuna b’isimha."
        ),
        greeting_back=(
            "Merħba lura, {name}! Jien l-assistent tal-IA ta’ {trader}. X’nista’ nagħmel għalik "
            "illum? Għal persuna b’isimha agħfas “Kellem persuna”."
        ),
        answers_in="Inwieġeb bl-Ingliż jew bil-Ġermaniż.",
        person_question="Tippreferi titkellem ma’ persuna?",
        ask_for_person=Button(title="Kellem persuna", payload="Irrid nitkellem ma’ persuna"),
        other_language="Il-persuna li tieħu f’idejha l-konversazzjoni tista’ tweġbek b’lingwa oħra.",
        request_stands=(
            "It-talba tiegħek għal persuna għadha tgħodd; il-ħin imwiegħed jidher hawn fuq. "
            "Sadanittant tista’ tkompli tikteb hawn."
        ),
        way_back="L-għajnuna ta’ ftit ilu kienet minn {agent}. Għafsa waħda tieħdok lura.",
        way_back_button=Button(title="Lura għand {agent}", payload="Irrid nitkellem ma’ persuna: {agent}"),
        blocked=(
            "Din il-konversazzjoni ntemmet ({agent}) u ma tistax tikteb aktar hawn. Għadek tista’ "
            "taqraha u żżomm kopja. Iktbilna bil-posta: {name}, {postal_address}; jew bl-imejl: "
            "{email}."
        ),
    ),
    "nl": Speech(
        greeting=(
            "Hallo! Ik ben de AI-assistent van {trader}. Gewone vragen beantwoord ik meteen. Wanneer u "
            "wilt, tikt u op “Met een medewerker praten” of schrijft u het gewoon, dan neemt een "
            "medewerker het over, die zich met naam voorstelt."
        ),
        greeting_back=(
            "Welkom terug, {name}! Ik ben de AI-assistent van {trader}. Wat kan ik vandaag voor u doen? "
            "Spreekt u liever een medewerker, tik dan op “Met een medewerker praten”."
        ),
        answers_in="Ik antwoord in het Engels of Duits.",
        person_question="Praat u liever met een medewerker?",
        ask_for_person=Button(
            title="Met een medewerker praten", payload="Ik wil graag met een medewerker praten"
        ),
        other_language="De medewerker die het overneemt, antwoordt u misschien in een andere taal.",
        request_stands=(
            "Uw vraag om een medewerker blijft staan; de beloofde tijd staat hierboven. U kunt hier "
            "intussen verder schrijven."
        ),
        way_back="{agent} heeft u net geholpen. Met één tik bent u terug.",
        way_back_button=Button(
            title="Terug naar {agent}", payload="Ik wil graag met een medewerker praten: {agent}"
        ),
        blocked=(
            "{agent} heeft dit gesprek beëindigd en u kunt hier niet meer schrijven. U kunt het nog "
            "lezen en een kopie bewaren. U bereikt ons per post: {name}, {postal_address}; of per "
            "e-mail: {email}."
        ),
    ),
    "pl": Speech(
        greeting=(
            "Dzień dobry! Jestem asystentem AI firmy {trader}. Na typowe pytania odpowiadam od razu. "
            "Kiedy tylko chcesz, wybierz „Rozmowa z człowiekiem” albo po prostu to napisz, a rozmowę "
            "przejmie ktoś z nas i przedstawi się z nazwiska."
        ),
        greeting_back=(
            "Miło Cię znów widzieć, {name}! Jestem asystentem AI firmy {trader}. Co mogę dziś dla "
            "Ciebie zrobić? Jeśli wolisz porozmawiać z człowiekiem, wybierz „Rozmowa z człowiekiem”."
        ),
        answers_in="Odpowiadam po angielsku lub po niemiecku.",
        person_question="Czy wolisz porozmawiać z człowiekiem?",
        ask_for_person=Button(title="Rozmowa z człowiekiem", payload="Chcę porozmawiać z człowiekiem"),
        other_language="Osoba, która przejmie rozmowę, może odpowiedzieć w innym języku.",
        request_stands=(
            "Twoja prośba o rozmowę z człowiekiem jest aktualna; "
            "obiecany czas podano wyżej. W międzyczasie możesz tu dalej pisać."
        ),
        way_back="Przed chwilą pomógł Ci nasz zespół: {agent}. Jedno dotknięcie i wracasz.",
        way_back_button=Button(title="Powrót: {agent}", payload="Chcę porozmawiać z człowiekiem: {agent}"),
        blocked=(
            "{agent} kończy tę rozmowę i nie możesz już tu pisać. Możesz ją nadal czytać i zachować "
            "kopię. Kontakt listowny: {name}, {postal_address}; lub e-mail: {email}."
        ),
    ),
    "pt": Speech(
        greeting=(
            "Olá! Sou o assistente de IA de {trader}. Respondo logo às perguntas habituais. Quando "
            "quiser, toque em “Falar com uma pessoa” ou escreva-o simplesmente, e alguém que se apresenta "
            "pelo nome assume a conversa."
        ),
        greeting_back=(
            "É bom voltar a falar consigo, {name}! Sou o assistente de IA de {trader}. O que posso fazer "
            "por si hoje? Se preferir uma pessoa, toque em “Falar com uma pessoa”."
        ),
        answers_in="Respondo em inglês ou em alemão.",
        person_question="Prefere falar com uma pessoa?",
        ask_for_person=Button(title="Falar com uma pessoa", payload="Quero falar com uma pessoa"),
        other_language="A pessoa que assume a conversa poderá responder-lhe noutra língua.",
        request_stands=(
            "O seu pedido para falar com uma pessoa mantém-se; a hora prometida está acima. Entretanto pode "
            "continuar a escrever aqui."
        ),
        way_back="{agent} prestou-lhe ajuda há pouco. Basta um toque para voltar.",
        way_back_button=Button(title="Voltar a {agent}", payload="Quero falar com uma pessoa: {agent}"),
        blocked=(
            "{agent} terminou esta conversa e já não pode escrever aqui. Pode lê-la e guardar uma "
            "cópia. Contacte-nos por carta: {name}, {postal_address}; ou por e-mail: {email}."
        ),
    ),
    "ro": Speech(
        greeting=(
            "Bună ziua! Sunt asistentul IA al {trader}. La întrebările obișnuite răspund imediat. Oricând "
            "doriți, atingeți „Vorbiți cu o persoană” sau scrieți pur și simplu, iar un coleg preia "
            "conversația și se prezintă pe nume."
        ),
        greeting_back=(
            "Bine ați revenit, {name}! Sunt asistentul IA al {trader}. Ce pot face astăzi pentru dvs.? "
            "Dacă preferați o persoană, atingeți „Vorbiți cu o persoană”."
        ),
        answers_in="Răspund în engleză sau în germană.",
        person_question="Preferați să vorbiți cu o persoană?",
        ask_for_person=Button(title="Vorbiți cu o persoană", payload="Vreau să vorbesc cu o persoană"),
        other_language="Colegul care preia conversația s-ar putea să vă răspundă în altă limbă.",
        request_stands=(
            "Cererea dvs. de a vorbi cu o persoană rămâne valabilă; "
            "ora promisă este mai sus. Între timp puteți scrie aici."
        ),
        way_back="{agent} v-a ajutat chiar acum. Cu o atingere reveniți.",
        way_back_button=Button(title="Înapoi la {agent}", payload="Vreau să vorbesc cu o persoană: {agent}"),
        blocked=(
            "{agent} a încheiat această conversație și nu mai puteți scrie aici. O puteți citi în "
            "continuare și puteți păstra o copie. Ne scrieți prin poștă: {name}, {postal_address}; "
            "sau prin e-mail: {email}."
        ),
    ),
    "sk": Speech(
        greeting=(
            "Dobrý deň! Som AI asistent firmy {trader}. Na bežné otázky odpoviem hneď. Kedykoľvek "
            "chcete, ťuknite na „Hovoriť s človekom“ alebo to jednoducho napíšte a prevezme to "
            "konkrétny človek."
        ),
        greeting_back=(
            "Vitajte späť, {name}! Som AI asistent firmy {trader}. Čo pre vás dnes môžem urobiť? Ak "
            "chcete človeka, ťuknite na „Hovoriť s človekom“."
        ),
        answers_in="Odpovedám po anglicky alebo po nemecky.",
        person_question="Chcete radšej hovoriť s človekom?",
        ask_for_person=Button(title="Hovoriť s človekom", payload="Chcem hovoriť s človekom"),
        other_language="Kolega, ktorý to prevezme, vám možno odpovie v inom jazyku.",
        request_stands=(
            "Vaša žiadosť o rozhovor s človekom platí; "
            "sľúbený čas je uvedený vyššie. Zatiaľ tu môžete ďalej písať."
        ),
        way_back="Pred chvíľou vám pomáhal náš tím: {agent}. Jedným ťuknutím ste späť.",
        way_back_button=Button(title="Späť: {agent}", payload="Chcem hovoriť s človekom: {agent}"),
        blocked=(
            "{agent} ukončuje túto konverzáciu a už tu nemôžete písať. Stále ju môžete čítať a "
            "uchovať si kópiu. Napíšte nám poštou: {name}, {postal_address}; alebo e-mailom: {email}."
        ),
    ),
    "sl": Speech(
        greeting=(
            "Pozdravljeni! Sem pomočnik UI podjetja {trader}. Na običajna vprašanja odgovorim takoj. "
            "Kadar koli želite, tapnite »Pogovor s človekom« ali to preprosto napišite in pogovor "
            "prevzame sodelavec, ki se predstavi z imenom."
        ),
        greeting_back=(
            "Lepo, da ste spet tu, {name}! Sem pomočnik UI podjetja {trader}. Kaj lahko danes storim za "
            "vas? Če raje želite človeka, tapnite »Pogovor s človekom«."
        ),
        answers_in="Odgovarjam v angleščini ali nemščini.",
        person_question="Bi raje govorili s človekom?",
        ask_for_person=Button(title="Pogovor s človekom", payload="Želim govoriti s človekom"),
        other_language="Oseba, ki prevzame pogovor, vam bo morda odgovorila v drugem jeziku.",
        request_stands=(
            "Vaša prošnja za pogovor s človekom velja; "
            "obljubljeni čas je naveden zgoraj. Medtem lahko tu pišete naprej."
        ),
        way_back="Pravkar vam je pomagala naša ekipa: {agent}. Z enim dotikom ste spet tam.",
        way_back_button=Button(title="Nazaj: {agent}", payload="Želim govoriti s človekom: {agent}"),
        blocked=(
            "{agent} končuje ta pogovor in tu ne morete več pisati. Še vedno ga lahko berete in "
            "ohranite kopijo. Pišite nam po pošti: {name}, {postal_address}; ali po e-pošti: {email}."
        ),
    ),
    "sv": Speech(
        greeting=(
            "Hej! Jag är AI-assistent hos {trader}. Vanliga frågor svarar jag på direkt. När du vill "
            "trycker du på ”Prata med en människa” eller skriver det bara, så tar en kollega över och "
            "presenterar sig med namn."
        ),
        greeting_back=(
            "Välkommen tillbaka, {name}! Jag är AI-assistent hos {trader}. Vad kan jag göra för dig i "
            "dag? Vill du hellre ha en människa trycker du på ”Prata med en människa”."
        ),
        answers_in="Jag svarar på engelska eller tyska.",
        person_question="Vill du hellre prata med en människa?",
        ask_for_person=Button(title="Prata med en människa", payload="Jag vill prata med en människa"),
        other_language="Kollegan som tar över svarar kanske på ett annat språk än ditt.",
        request_stands=(
            "Din begäran om en människa står kvar; "
            "den utlovade tiden står ovan. Du kan fortsätta skriva här under tiden."
        ),
        way_back="{agent} hjälpte dig nyss. Ett tryck tar dig tillbaka.",
        way_back_button=Button(
            title="Tillbaka till {agent}", payload="Jag vill prata med en människa: {agent}"
        ),
        blocked=(
            "{agent} har avslutat samtalet och du kan inte skriva här längre. Du kan fortfarande läsa"
            " det och spara en kopia. Du når oss per brev: {name}, {postal_address}; eller e-post: "
            "{email}."
        ),
    ),
}
