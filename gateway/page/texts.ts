/** Languages of Sluse's own pages. */
export type Lang = "da" | "en";

export const LANGS: readonly Lang[] = ["da", "en"];

/** Locales for numbers and times: Danish and British habits (24-hour clock in both). */
export const LOCALES: Readonly<Record<Lang, string>> = { da: "da-DK", en: "en-GB" };

const da = {
  /** Parts of a wait, put together by `wait-text.ts`. */
  wait: {
    sentence: "Ventetiden er {range}.",
    unknown: "Ventetiden kendes ikke endnu.",
    underOneMinute: "under 1 minut",
    upTo: "op til {high}",
    aboutOne: "cirka {high}",
    aboutMinutes: "cirka {low} til {high} minutter",
    aboutRange: "cirka {low} til {high}",
    minute: "1 minut",
    minutes: "{n} minutter",
    hour: "1 time",
    hours: "{n} timer",
    hoursAndMinutes: "{hours} og {minutes}",
  },
  common: {
    otherLang: "en",
    otherLangName: "English",
    about:
      "Sluse holder styr på køen. Alle får en plads i den rækkefølge, de kommer, og bliver lukket ind i det tempo, som tjenesten kan klare.",
  },
  waiting: {
    headingJoining: "Vi finder din plads i køen",
    leadJoining: "Det tager normalt kun et øjeblik.",
    titleFirst: "Kø",
    titleJoining: "Finder din plads",

    heading: "Du er i kø til »{name}«",
    aheadLabel: "Foran dig i køen",
    aheadMany: "Der er {n} foran dig.",
    aheadOne: "Der er 1 foran dig.",
    aheadNone: "Du er den næste.",
    titleAhead: "{n} foran dig",
    titleNext: "Du er den næste",
    progressLabel: "Hvor langt du er nået, siden du kom",
    updated: "Opdateret kl. {time}",

    hold: "Køen er sat på pause. Ingen bliver lukket ind lige nu, og alle beholder deres plads.",
    notAdmitting:
      "Efter en fejl er vi ved at sikre, at alle står rigtigt i køen. Ingen bliver lukket ind så længe, og alle beholder deres plads. Køen går i gang igen af sig selv.",
    opensToday: "{name} åbner kl. {time}. Du har allerede en plads i køen.",
    opensLater: "{name} åbner den {time}. Du har allerede en plads i køen.",

    headingCalled: "Det er din tur",
    leadCalled: "Vi sender dig videre til »{name}«. Du skal ikke gøre noget.",
    titleCalled: "Det er din tur",
    spokenCalled: "Det er din tur. Du bliver sendt videre til »{name}« nu.",

    optionsHeading: "Når det bliver din tur",
    kept: "Din tur gælder i {time}, fra den kommer.",
    sound: "Afspil en lyd",
    askFirst: "Spørg mig, før jeg bliver lukket ind",
    askFirstNote: "Genindlæser du siden, når det er din tur, bliver du lukket ind uden at blive spurgt.",
    leadInvited:
      "Du kan gå ind på »{name}« nu. Din tur gælder til kl. {time}. Du bliver også lukket ind, hvis du genindlæser siden.",
    ending: "Din tur udløber kl. {time}. Gå ind, eller bed om mere tid.",
    endingSoon: "Din tur udløber kl. {time}. Gå ind nu. Du kan ikke få mere tid.",
    titleEnding: "Din tur udløber snart",
    goIn: "Gå ind",
    moreTime: "Giv mig mere tid",
    extended: "Du har fået mere tid. Din tur gælder nu til kl. {time}.",
    spokenInvited: "Det er din tur til »{name}«. Den gælder til kl. {time}. Gå ind, når du er klar.",

    headingMissed: "Din tur er udløbet",
    leadMissed:
      "Det blev din tur, men tiden løb ud, før du gik ind. Derfor gælder pladsen ikke længere. Du kan tage en ny plads bagest i køen.",
    headingUsed: "Din plads er allerede brugt",
    leadUsed:
      "Du er blevet lukket ind med denne plads, og besøget er slut. Vil du ind igen, kan du tage en ny plads i køen.",
    headingLeft: "Du har forladt køen",
    leadLeft: "Du har ikke længere en plads. Du kan altid stille dig i kø igen.",
    takeNewPlace: "Tag en ny plads",

    headingClosed: "{name} er lukket lige nu",
    leadClosed: "Lad gerne siden stå åben. Den går selv videre, når der åbnes igen.",
    leadClosedPlace: "Din plads er gemt. Lad gerne siden stå åben. Den går selv videre, når der åbnes igen.",
    titleClosed: "Lukket lige nu",

    headingBlocked: "Din browser gemmer ikke cookies",
    leadBlocked:
      "Vi husker din plads i en cookie, og uden den kan vi ikke lukke dig ind. Tillad cookies for denne side, og prøv igen.",
    headingFailed: "Vi kan ikke give dig en plads",
    leadFailed: "Noget gik galt hos os. Prøv igen om lidt.",
    tryAgain: "Prøv igen",

    noticeReset:
      "Tjenesten har startet køen forfra. Din gamle plads gælder ikke længere, så du har automatisk fået en ny.",
    noticeLost: "Din browser havde ikke længere din gamle plads. Du har automatisk fået en ny.",

    troubleNoPlace:
      "Vi har ikke forbindelse til køen lige nu. Vi prøver automatisk igen, så lad siden være åben. Du får en plads, så snart forbindelsen er tilbage.",
    troublePlace:
      "Vi har ikke forbindelse til køen lige nu. Din plads er sikret, og vi prøver automatisk igen.",
    offline:
      "Du er ikke på nettet lige nu. Din plads er sikret, og siden henter nye tal, så snart du er på igen.",
    stale: "Tallene er fra kl. {time}. Vi prøver at hente nye. Din plads er sikret.",

    messageLabel: "Besked fra tjenesten",
    safeHeading: "Din plads er sikret",
    safe: "Du kan genindlæse siden, eller lukke den og komme tilbage i samme browser, uden at miste din plads. Hold øje med ventetiden, så du er tilbage, når det bliver din tur.",
    whyHeading: "Hvorfor skal jeg vente?",
    why: "Mange vil bruge tjenesten på samme tid. Vi lukker folk ind i den rækkefølge, de kom, så den virker for alle. Når det er din tur, går siden selv videre. Det hjælper ikke at genindlæse eller åbne flere faner.",

    leave: "Forlad køen",
    leaveHeading: "Vil du forlade køen?",
    leaveText: "Du mister din plads og skal bagest i køen, hvis du kommer tilbage.",
    leaveYes: "Ja, forlad køen",
    leaveNo: "Nej, bliv i køen",

    noScript:
      "JavaScript er slået fra i din browser. Du kan stadig stå i kø: Tag en plads her, og tjek selv på næste side, hvor langt du er nået.",
    noScriptJoin: "Tag en plads i køen",
    noScriptHeld: "Har du allerede en plads, beholder du den.",
    noScriptSee: "Se din plads i køen",
  },
  /** The page of one ticket without JavaScript, which does nothing by itself. */
  plain: {
    headingNone: "Du har ikke en plads i køen",
    leadNone:
      "Tag en plads her. Har du lige taget en, gemmer din browser ikke cookies: Vi husker din plads i en cookie, så du må tillade cookies for denne side, før vi kan lukke dig ind.",
    place: "Du er nr. {n} i køen.",
    check: "Tjek nu",
    checkText: "Siden skifter ikke af sig selv. Tryk på »Tjek nu«, når du vil se, hvor langt du er nået.",
    kept: "Når det bliver din tur, gælder den i {time}. Tjek i god tid inden da.",
    leadCalled: "Du kan gå ind på »{name}« nu.",
    calledUntil: "Din tur gælder til kl. {time}.",
    danishTime: "{time} (dansk tid)",
    calledKept: "Din tur gælder i {time}, fra den kom.",
    moreTimeText: "Skal du bruge mere tid, kan du forlænge din tur op til ti gange.",
    leadGate:
      "Du er meldt ved indgangen. Vi lukker ind i rækkefølge, i det tempo tjenesten kan klare. Tryk på »Gå ind« igen om et øjeblik.",
    leadOpen: "Der er åbent for alle lige nu.",
    leadClosed: "Din plads er gemt. Tjek igen senere.",
    headingReset: "Køen er startet forfra",
    leadReset:
      "Tjenesten har startet køen forfra, så din gamle plads gælder ikke længere. Tag en ny plads i køen.",
    stale: "Vi har ikke forbindelse til køen lige nu. Din plads er sikret. Tjek igen om lidt.",
    safe: "Du kan lukke siden og komme tilbage i samme browser uden at miste din plads.",
  },
  portal: {
    title: "Selvbetjening",
    lead: "Vælg den tjeneste, du vil bruge.",
    leadWait: "Du kan se ventetiden, før du går ind.",
    noQueue: "Ingen kø lige nu",
    oneWaiting: "1 venter.",
    manyWaiting: "{n} venter.",
    hold: "Køen er sat på pause.",
    opensToday: "Åbner kl. {time}.",
    opensLater: "Åbner den {time}.",
    notAdmitting: "Ingen bliver lukket ind lige nu. Køen går i gang igen af sig selv.",
    closed: "Lukket lige nu",
    updated: "Ventetider opdateret kl. {time}",
    stale: "Ventetiderne er fra kl. {time}. Vi prøver at hente nye.",
    services: "Tjenester",
    none: "Der er ingen tjenester lige nu.",
    howHeading: "Sådan virker køen",
    howPlaceHeading: "Du får en plads",
    howPlace:
      "Er der travlt, får du automatisk en plads i køen. Den, der kommer først, bliver lukket ind først.",
    howWaitHeading: "Du kan følge med",
    howWait:
      "Siden viser, hvor mange der er foran dig, og hvor længe du cirka skal vente. Du skal ikke genindlæse den.",
    howEnterHeading: "Du bliver lukket ind",
    howEnter: "Når det er din tur, går siden selv videre til det, du ville.",
    /** What holds instead without JavaScript. */
    plain: {
      leadWait: "Er der kø, ser du ventetiden, når du har taget en plads.",
      howPlace:
        "Er der travlt, tager du en plads i køen med en knap. Den, der kommer først, bliver lukket ind først.",
      howWait:
        "Siden viser, hvor mange der er foran dig, og hvor længe du cirka skal vente. Den skifter ikke af sig selv: Tryk på »Tjek nu«.",
      howEnter: "Når det er din tur, trykker du på »Gå ind«.",
    },
  },
  notice: {
    closed: {
      heading: "Tjenesten er lukket lige nu",
      named: "{name} er lukket lige nu",
      text: "Har du en plads i køen, er den gemt. Prøv igen senere.",
    },
    "bad-request": {
      heading: "Vi forstod ikke adressen",
      named: "Vi forstod ikke adressen",
      text: "Adressen er skrevet på en måde, vi ikke kan bruge. Tjek den, eller begynd fra forsiden.",
    },
    forbidden: {
      heading: "Vi kan ikke tage imod det herfra",
      named: "Vi kan ikke tage imod det herfra",
      text: "Det, du sendte, kom fra en side, som ikke er vores. Begynd fra forsiden.",
    },
    "not-found": {
      heading: "Siden findes ikke",
      named: "Siden findes ikke",
      text: "Der er ingen side på denne adresse. Tjek, om den er skrevet rigtigt, eller begynd fra forsiden.",
    },
    "bad-gateway": {
      heading: "Tjenesten svarer ikke",
      named: "{name} svarer ikke",
      text: "Fejlen er hos tjenesten, ikke hos dig. Er du lukket ind, beholder du din adgang. Vent et øjeblik, og prøv igen.",
    },
    unavailable: {
      heading: "Vi kan ikke vise siden lige nu",
      named: "Vi kan ikke vise {name} lige nu",
      text: "Har du en plads i køen, er den sikret. Vent et øjeblik, og prøv igen.",
    },
    timeout: {
      heading: "Tjenesten svarer for langsomt",
      named: "{name} svarer for langsomt",
      text: "Der er meget travlt. Er du lukket ind, beholder du din adgang. Har du lige sendt noget, så tjek, om det kom frem, før du sender det igen.",
    },
    messageLabel: "Besked fra tjenesten",
    tryAgain: "Prøv igen",
    home: "Til forsiden",
  },
};

/** Every text of the pages in one language; `{name}` marks what `fill` puts in. */
export type Texts = typeof da;

const en: Texts = {
  wait: {
    sentence: "The wait is {range}.",
    unknown: "The wait is not known yet.",
    underOneMinute: "under 1 minute",
    upTo: "up to {high}",
    aboutOne: "about {high}",
    aboutMinutes: "about {low} to {high} minutes",
    aboutRange: "about {low} to {high}",
    minute: "1 minute",
    minutes: "{n} minutes",
    hour: "1 hour",
    hours: "{n} hours",
    hoursAndMinutes: "{hours} {minutes}",
  },
  common: {
    otherLang: "da",
    otherLangName: "Dansk",
    about:
      "Sluse keeps the line. Everybody gets a place in the order they come and is let in at the pace that the service can carry.",
  },
  waiting: {
    headingJoining: "Finding your place in line",
    leadJoining: "This normally takes only a moment.",
    titleFirst: "Waiting line",
    titleJoining: "Finding your place",

    heading: "You are in line for “{name}”",
    aheadLabel: "Ahead of you in line",
    aheadMany: "There are {n} people ahead of you.",
    aheadOne: "There is 1 person ahead of you.",
    aheadNone: "You are next.",
    titleAhead: "{n} ahead",
    titleNext: "You are next",
    progressLabel: "How far you have come since you joined",
    updated: "Updated at {time}",

    hold: "The line is paused. Nobody is being let in right now, and everybody keeps their place.",
    notAdmitting:
      "After a fault, we are making sure that everybody stands rightly in line. Nobody is let in until then, and everybody keeps their place. The line opens again by itself.",
    opensToday: "{name} opens at {time}. You already have a place in line.",
    opensLater: "{name} opens on {time}. You already have a place in line.",

    headingCalled: "It is your turn",
    leadCalled: "We are sending you on to “{name}”. There is nothing you need to do.",
    titleCalled: "It is your turn",
    spokenCalled: "It is your turn. You are being sent on to “{name}” now.",

    optionsHeading: "When your turn comes",
    kept: "Your turn is good for {time} from when it comes.",
    sound: "Play a sound",
    askFirst: "Ask me before letting me in",
    askFirstNote: "If you reload this page when it is your turn, you are let in without being asked.",
    leadInvited:
      "You can go in to “{name}” now. Your turn is good until {time}. Reloading this page lets you in too.",
    ending: "Your turn ends at {time}. Go in, or ask for more time.",
    endingSoon: "Your turn ends at {time}. Go in now. You cannot have more time.",
    titleEnding: "Your turn ends soon",
    goIn: "Go in",
    moreTime: "Give me more time",
    extended: "You have been given more time. Your turn is now good until {time}.",
    spokenInvited: "It is your turn for “{name}”. It is good until {time}. Go in when you are ready.",

    headingMissed: "Your turn has passed",
    leadMissed:
      "Your turn came, but the time ran out before you went in, so the place is no longer valid. You can take a new place at the back of the line.",
    headingUsed: "Your place has already been used",
    leadUsed:
      "You were let in with this place, and that visit has ended. To come in again, take a new place in line.",
    headingLeft: "You have left the line",
    leadLeft: "You no longer have a place. You can join the line again at any time.",
    takeNewPlace: "Take a new place",

    headingClosed: "{name} is closed right now",
    leadClosed: "You can leave this page open. It goes on by itself when the service opens again.",
    leadClosedPlace:
      "Your place is kept. You can leave this page open. It goes on by itself when the service opens again.",
    titleClosed: "Closed right now",

    headingBlocked: "Your browser does not keep cookies",
    leadBlocked:
      "We keep your place in a cookie, and without it we cannot let you in. Allow cookies for this site and try again.",
    headingFailed: "We cannot give you a place",
    leadFailed: "Something went wrong on our side. Please try again shortly.",
    tryAgain: "Try again",

    noticeReset:
      "The service has started the line over. Your old place is no longer valid, so you have been given a new one.",
    noticeLost: "Your browser no longer had your old place. You have been given a new one.",

    troubleNoPlace:
      "We cannot reach the line right now. We keep trying automatically, so leave this page open. You get a place as soon as there is a connection.",
    troublePlace: "We cannot reach the line right now. Your place is safe, and we keep trying automatically.",
    offline:
      "You are offline right now. Your place is safe, and this page gets new numbers as soon as you are back online.",
    stale: "These numbers are from {time}. We are trying to get new ones. Your place is safe.",

    messageLabel: "Message from the service",
    safeHeading: "Your place is safe",
    safe: "You may reload this page, or close it and come back in the same browser, and still keep your place. Keep an eye on the wait, so that you are back when your turn comes.",
    whyHeading: "Why do I have to wait?",
    why: "Many people want to use the service at the same time. We let people in, in the order they came, so that it works for everybody. When it is your turn, this page goes on by itself. Reloading or opening more tabs does not help.",

    leave: "Leave the line",
    leaveHeading: "Leave the line?",
    leaveText: "You give up your place and start at the back if you return.",
    leaveYes: "Yes, leave the line",
    leaveNo: "No, stay in line",

    noScript:
      "JavaScript is turned off in your browser. You can still wait in line: take a place here, and check on the next page how far you have come.",
    noScriptJoin: "Take a place in line",
    noScriptHeld: "If you already have a place, you keep it.",
    noScriptSee: "See your place in line",
  },
  plain: {
    headingNone: "You have no place in line",
    leadNone:
      "Take a place here. If you have just taken one, your browser does not keep cookies: we keep your place in a cookie, so you must allow cookies for this site before we can let you in.",
    place: "You are number {n} in line.",
    check: "Check now",
    checkText: "This page does not change by itself. Press “Check now” to see how far you have come.",
    kept: "When it is your turn, it stays good for {time}. Check in good time before that.",
    leadCalled: "You can go in to “{name}” now.",
    calledUntil: "Your turn is good until {time}.",
    danishTime: "{time} (Danish time)",
    calledKept: "Your turn is good for {time} from when it came.",
    moreTimeText: "If you need more time, you can extend your turn up to ten times.",
    leadGate:
      "You are at the gate. We let people in, in order, at the pace that the service can carry. Press “Go in” again in a moment.",
    leadOpen: "Everybody can go in right now.",
    leadClosed: "Your place is kept. Please check again later.",
    headingReset: "The line was started over",
    leadReset:
      "The service has started the line over, so your old place is no longer valid. Take a new place in line.",
    stale: "We cannot reach the line right now. Your place is safe. Please check again shortly.",
    safe: "You may close this page and come back in the same browser without losing your place.",
  },
  portal: {
    title: "Self-service",
    lead: "Choose the service you want to use.",
    leadWait: "You can see the wait before you go in.",
    noQueue: "No line right now",
    oneWaiting: "1 person waiting.",
    manyWaiting: "{n} people waiting.",
    hold: "The line is paused.",
    opensToday: "Opens at {time}.",
    opensLater: "Opens on {time}.",
    notAdmitting: "Nobody is let in just now. The line opens again by itself.",
    closed: "Closed right now",
    updated: "Waits updated at {time}",
    stale: "These waits are from {time}. We are trying to get new ones.",
    services: "Services",
    none: "There are no services right now.",
    howHeading: "How the line works",
    howPlaceHeading: "You get a place",
    howPlace:
      "When it is busy, you are given a place in line automatically. Those who come first are let in first.",
    howWaitHeading: "You can follow along",
    howWait:
      "The page shows how many people are ahead of you and about how long you will wait. There is no need to reload it.",
    howEnterHeading: "You are let in",
    howEnter: "When it is your turn, the page goes on by itself to what you came for.",
    plain: {
      leadWait: "If there is a line, you see the wait once you have taken a place.",
      howPlace:
        "When it is busy, you take a place in line by pressing a button. Those who come first are let in first.",
      howWait:
        "The page shows how many people are ahead of you and about how long you will wait. It does not change by itself: press “Check now”.",
      howEnter: "When it is your turn, you press “Go in”.",
    },
  },
  notice: {
    closed: {
      heading: "The service is closed right now",
      named: "{name} is closed right now",
      text: "If you have a place in line, it is kept. Please try again later.",
    },
    "bad-request": {
      heading: "We did not understand the address",
      named: "We did not understand the address",
      text: "The address is written in a way that we cannot use. Check it, or start from the front page.",
    },
    forbidden: {
      heading: "We cannot take this from here",
      named: "We cannot take this from here",
      text: "What you sent came from a page that is not ours. Start from the front page.",
    },
    "not-found": {
      heading: "This page does not exist",
      named: "This page does not exist",
      text: "There is no page at this address. Check that it is written correctly, or start from the front page.",
    },
    "bad-gateway": {
      heading: "The service does not answer",
      named: "{name} does not answer",
      text: "The fault is with the service, not with you. If you were let in, you keep your access. Wait a moment and try again.",
    },
    unavailable: {
      heading: "We cannot show this page right now",
      named: "We cannot show {name} right now",
      text: "If you have a place in line, it is safe. Wait a moment and try again.",
    },
    timeout: {
      heading: "The service is answering too slowly",
      named: "{name} is answering too slowly",
      text: "It is very busy. If you were let in, you keep your access. If you have just sent something, check whether it arrived before you send it again.",
    },
    messageLabel: "Message from the service",
    tryAgain: "Try again",
    home: "To the front page",
  },
};

export const TEXTS: Readonly<Record<Lang, Texts>> = { da, en };

/** Puts values into a text: `fill("{n} ahead", { n: "3" })` is `"3 ahead"`. A value that is missing stays visible as `{n}`. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole);
}
