import type { PageTexts } from "../language.ts";

export const pages: PageTexts = {
  wait: {
    sentence: "Ventetiden er {range}.",
    unknown: "Ventetiden kendes ikke endnu.",
    underOneMinute: "under 1 minut",
    upTo: "op til {high}",
    aboutOne: "cirka {high}",
    aboutMinutes: { one: "cirka {low} til {high} minut", other: "cirka {low} til {high} minutter" },
    aboutRange: "cirka {low} til {high}",
    minutes: { one: "1 minut", other: "{n} minutter" },
    hours: { one: "1 time", other: "{n} timer" },
    hoursAndMinutes: "{hours} og {minutes}",
    clock: "{time}",
  },
  common: {
    languages: "Sprog",
    about:
      "Sluse holder styr på køen. Alle får en plads i den rækkefølge, de kommer, og bliver lukket ind i det tempo, som tjenesten kan klare.",
    afterForm:
      "Din tid på tjenesten er udløbet. Det, du sendte til sidst, er givet videre til tjenesten. Vil du ind igen, venter du i kø som alle andre.",
  },
  waiting: {
    headingJoining: "Vi finder din plads i køen",
    leadJoining: "Det tager normalt kun et øjeblik.",
    titleFirst: "Kø",
    titleJoining: "Finder din plads",

    heading: "Du er i kø til »{name}«",
    aheadLabel: "Foran dig i køen",
    ahead: { one: "Der er 1 foran dig.", other: "Der er {n} foran dig." },
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
    leadGate:
      "Vi har kaldt mange frem på én gang og lukker ind i den rækkefølge, folk kom. Lad siden stå fremme. Den går selv videre, når det er din tur.",
    noticeReturned:
      "Det blev din tur, mens du var væk. Derfor kommer du nu efter dem, der stod ved indgangen, da du kom tilbage.",

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
    leadEarly:
      "Du kan melde dig ved indgangen: Tryk på »Gå ind«. Vi har kaldt mange frem på én gang og lukker ind i rækkefølge. Din tur udløber ikke, før vi er nået til dig.",
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
    waiting: { one: "1 venter.", other: "{n} venter." },
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
