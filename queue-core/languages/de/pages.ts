import type { PageTexts } from "../language.ts";

export const pages: PageTexts = {
  wait: {
    sentence: "Die Wartezeit beträgt {range}.",
    unknown: "Die Wartezeit ist noch nicht bekannt.",
    underOneMinute: "weniger als 1 Minute",
    upTo: "bis zu {high}",
    aboutOne: "etwa {high}",
    aboutMinutes: { one: "etwa {low} bis {high} Minute", other: "etwa {low} bis {high} Minuten" },
    aboutRange: "etwa {low} bis {high}",
    minutes: { one: "1 Minute", other: "{n} Minuten" },
    hours: { one: "1 Stunde", other: "{n} Stunden" },
    hoursAndMinutes: "{hours} und {minutes}",
    clock: "{time} Uhr",
  },
  common: {
    languages: "Sprachen",
    about:
      "Sluse verwaltet die Warteschlange. Alle erhalten einen Platz in der Reihenfolge, in der sie kommen, und werden in dem Tempo eingelassen, das der Dienst bewältigen kann.",
    afterForm:
      "Ihre Zeit im Dienst ist abgelaufen. Was Sie zuletzt abgeschickt haben, wurde noch an den Dienst weitergegeben. Um wieder hineinzukommen, warten Sie wie alle anderen in der Warteschlange.",
  },
  waiting: {
    headingJoining: "Wir suchen Ihren Platz in der Warteschlange",
    leadJoining: "Das dauert normalerweise nur einen Augenblick.",
    titleFirst: "Warteschlange",
    titleJoining: "Ihr Platz wird gesucht",

    heading: "Sie stehen in der Warteschlange für „{name}“",
    aheadLabel: "Vor Ihnen in der Warteschlange",
    ahead: { one: "Vor Ihnen ist noch 1 Person.", other: "Vor Ihnen sind noch {n} Personen." },
    aheadNone: "Sie sind als Nächstes an der Reihe.",
    titleAhead: "{n} vor Ihnen",
    titleNext: "Gleich sind Sie an der Reihe",
    progressLabel: "Wie weit Sie vorgerückt sind, seit Sie hier sind",
    updated: "Stand: {time}",

    hold: "Die Warteschlange ist angehalten. Zurzeit wird niemand eingelassen, und alle behalten ihren Platz.",
    notAdmitting:
      "Nach einer Störung stellen wir sicher, dass alle an der richtigen Stelle stehen. Bis dahin wird niemand eingelassen, und alle behalten ihren Platz. Danach geht es von selbst weiter.",
    opensToday: "{name} öffnet um {time}. Sie haben bereits einen Platz in der Warteschlange.",
    opensLater: "{name} öffnet am {time}. Sie haben bereits einen Platz in der Warteschlange.",

    headingCalled: "Sie sind an der Reihe",
    leadCalled: "Wir leiten Sie zu „{name}“ weiter. Sie brauchen nichts zu tun.",
    titleCalled: "Sie sind an der Reihe",
    spokenCalled: "Sie sind an der Reihe. Sie werden jetzt zu „{name}“ weitergeleitet.",
    leadGate:
      "Wir haben viele Menschen auf einmal aufgerufen und lassen sie der Reihe nach ein. Lassen Sie diese Seite im Vordergrund. Wenn Sie an der Reihe sind, geht sie von selbst weiter.",
    noticeReturned:
      "Sie waren an der Reihe, während Sie nicht da waren. Deshalb kommen Sie jetzt nach denen, die bei Ihrer Rückkehr am Eingang standen.",

    optionsHeading: "Wenn Sie an der Reihe sind",
    kept: "Ab dann haben Sie {time} Zeit, um einzutreten.",
    sound: "Einen Ton abspielen",
    askFirst: "Mich fragen, bevor ich eingelassen werde",
    askFirstNote:
      "Wenn Sie diese Seite neu laden, sobald Sie an der Reihe sind, werden Sie ohne Rückfrage eingelassen.",
    leadInvited:
      "Sie können jetzt bei „{name}“ eintreten. Dafür haben Sie bis {time} Zeit. Auch wenn Sie diese Seite neu laden, werden Sie eingelassen.",
    ending: "Ihre Zeit läuft um {time} ab. Treten Sie ein, oder bitten Sie um mehr Zeit.",
    endingSoon: "Ihre Zeit läuft um {time} ab. Treten Sie jetzt ein. Mehr Zeit ist nicht möglich.",
    titleEnding: "Ihre Zeit läuft bald ab",
    goIn: "Eintreten",
    moreTime: "Ich brauche mehr Zeit",
    extended: "Sie haben mehr Zeit erhalten, jetzt bis {time}.",
    spokenInvited:
      "Sie sind bei „{name}“ an der Reihe. Sie haben bis {time} Zeit. Treten Sie ein, wenn Sie bereit sind.",

    headingMissed: "Ihre Zeit ist abgelaufen",
    leadMissed:
      "Sie waren an der Reihe, aber die Zeit lief ab, bevor Sie eingetreten sind. Deshalb gilt Ihr Platz nicht mehr. Sie können einen neuen Platz am Ende der Warteschlange nehmen.",
    headingUsed: "Ihr Platz wurde bereits genutzt",
    leadUsed:
      "Mit diesem Platz wurden Sie eingelassen, und der Besuch ist beendet. Um wieder einzutreten, nehmen Sie einen neuen Platz in der Warteschlange.",
    headingLeft: "Sie haben die Warteschlange verlassen",
    leadLeft: "Sie haben keinen Platz mehr. Sie können sich jederzeit wieder anstellen.",
    takeNewPlace: "Neuen Platz nehmen",

    headingClosed: "{name} ist zurzeit geschlossen",
    leadClosed:
      "Sie können diese Seite offen lassen. Sie geht von selbst weiter, sobald wieder geöffnet wird.",
    leadClosedPlace:
      "Ihr Platz bleibt erhalten. Sie können diese Seite offen lassen. Sie geht von selbst weiter, sobald wieder geöffnet wird.",
    titleClosed: "Zurzeit geschlossen",

    headingBlocked: "Ihr Browser speichert keine Cookies",
    leadBlocked:
      "Wir merken uns Ihren Platz in einem Cookie, und ohne ihn können wir Sie nicht einlassen. Erlauben Sie Cookies für diese Seite, und versuchen Sie es erneut.",
    headingFailed: "Wir können Ihnen keinen Platz geben",
    leadFailed: "Bei uns ist ein Fehler aufgetreten. Bitte versuchen Sie es in Kürze erneut.",
    tryAgain: "Erneut versuchen",

    noticeReset:
      "Der Dienst hat die Warteschlange neu begonnen. Ihr bisheriger Platz gilt nicht mehr, deshalb haben Sie automatisch einen neuen erhalten.",
    noticeLost:
      "Ihr Browser hatte Ihren bisherigen Platz nicht mehr. Sie haben automatisch einen neuen erhalten.",

    troubleNoPlace:
      "Wir haben zurzeit keine Verbindung zur Warteschlange. Wir versuchen es automatisch weiter, bitte lassen Sie diese Seite offen. Sobald die Verbindung wieder besteht, erhalten Sie einen Platz.",
    troublePlace:
      "Wir haben zurzeit keine Verbindung zur Warteschlange. Ihr Platz ist gesichert, und wir versuchen es automatisch weiter.",
    offline:
      "Sie sind zurzeit offline. Ihr Platz ist gesichert, und diese Seite holt neue Zahlen, sobald Sie wieder online sind.",
    stale: "Diese Zahlen sind von {time}. Wir versuchen, neue zu erhalten. Ihr Platz ist gesichert.",

    messageLabel: "Mitteilung des Dienstes",
    safeHeading: "Ihr Platz ist gesichert",
    safe: "Sie können diese Seite neu laden oder sie schließen und im selben Browser zurückkehren, ohne Ihren Platz zu verlieren. Behalten Sie die Wartezeit im Blick, damit Sie zurück sind, wenn Sie an der Reihe sind.",
    whyHeading: "Warum muss ich warten?",
    why: "Viele Menschen möchten den Dienst zur selben Zeit nutzen. Wir lassen alle in der Reihenfolge ein, in der sie gekommen sind, damit er für alle funktioniert. Wenn Sie an der Reihe sind, geht diese Seite von selbst weiter. Es hilft nicht, sie neu zu laden oder weitere Tabs zu öffnen.",

    leave: "Warteschlange verlassen",
    leaveHeading: "Möchten Sie die Warteschlange verlassen?",
    leaveText: "Sie verlieren Ihren Platz und beginnen am Ende, wenn Sie zurückkehren.",
    leaveYes: "Ja, Warteschlange verlassen",
    leaveNo: "Nein, in der Warteschlange bleiben",

    noScript:
      "JavaScript ist in Ihrem Browser ausgeschaltet. Sie können trotzdem warten: Nehmen Sie hier einen Platz, und prüfen Sie auf der nächsten Seite selbst, wie weit Sie vorgerückt sind.",
    noScriptJoin: "Platz in der Warteschlange nehmen",
    noScriptHeld: "Wenn Sie bereits einen Platz haben, behalten Sie ihn.",
    noScriptSee: "Ihren Platz in der Warteschlange ansehen",
  },
  plain: {
    headingNone: "Sie haben keinen Platz in der Warteschlange",
    leadNone:
      "Nehmen Sie hier einen Platz. Falls Sie gerade einen genommen haben, speichert Ihr Browser keine Cookies: Wir merken uns Ihren Platz in einem Cookie, deshalb müssen Sie Cookies für diese Seite erlauben, bevor wir Sie einlassen können.",
    place: "Sie sind Nummer {n} in der Warteschlange.",
    check: "Jetzt prüfen",
    checkText:
      "Diese Seite ändert sich nicht von selbst. Wählen Sie „Jetzt prüfen“, um zu sehen, wie weit Sie vorgerückt sind.",
    kept: "Wenn Sie an der Reihe sind, haben Sie {time} Zeit, um einzutreten. Prüfen Sie rechtzeitig vorher.",
    leadCalled: "Sie können jetzt bei „{name}“ eintreten.",
    calledUntil: "Dafür haben Sie bis {time} Zeit.",
    danishTime: "{time} (dänische Zeit)",
    calledKept: "Dafür haben Sie {time} Zeit, gerechnet von dem Augenblick, in dem Sie an der Reihe waren.",
    moreTimeText: "Wenn Sie mehr Zeit brauchen, können Sie sie bis zu zehnmal verlängern.",
    leadEarly:
      "Sie können sich am Eingang melden: Wählen Sie „Eintreten“. Wir haben viele Menschen auf einmal aufgerufen und lassen sie der Reihe nach ein. Ihre Zeit läuft nicht ab, bevor wir bei Ihnen sind.",
    leadGate:
      "Sie sind am Eingang gemeldet. Wir lassen der Reihe nach ein, in dem Tempo, das der Dienst bewältigen kann. Wählen Sie in einem Augenblick erneut „Eintreten“.",
    leadOpen: "Zurzeit können alle eintreten.",
    leadClosed: "Ihr Platz bleibt erhalten. Bitte prüfen Sie später noch einmal.",
    headingReset: "Die Warteschlange wurde neu begonnen",
    leadReset:
      "Der Dienst hat die Warteschlange neu begonnen, deshalb gilt Ihr bisheriger Platz nicht mehr. Nehmen Sie einen neuen Platz in der Warteschlange.",
    stale:
      "Wir haben zurzeit keine Verbindung zur Warteschlange. Ihr Platz ist gesichert. Bitte prüfen Sie in Kürze noch einmal.",
    safe: "Sie können diese Seite schließen und im selben Browser zurückkehren, ohne Ihren Platz zu verlieren.",
  },
  portal: {
    title: "Online-Dienste",
    lead: "Wählen Sie den Dienst, den Sie nutzen möchten.",
    leadWait: "Sie sehen die Wartezeit, bevor Sie eintreten.",
    noQueue: "Zurzeit keine Warteschlange",
    waiting: { one: "1 Person wartet.", other: "{n} Personen warten." },
    hold: "Die Warteschlange ist angehalten.",
    opensToday: "Öffnet um {time}.",
    opensLater: "Öffnet am {time}.",
    notAdmitting: "Zurzeit wird niemand eingelassen. Es geht von selbst weiter.",
    closed: "Zurzeit geschlossen",
    updated: "Wartezeiten, Stand: {time}",
    stale: "Diese Wartezeiten sind von {time}. Wir versuchen, neue zu erhalten.",
    services: "Dienste",
    none: "Zurzeit gibt es keine Dienste.",
    howHeading: "So funktioniert die Warteschlange",
    howPlaceHeading: "Sie erhalten einen Platz",
    howPlace:
      "Bei großem Andrang erhalten Sie automatisch einen Platz in der Warteschlange. Wer zuerst kommt, wird zuerst eingelassen.",
    howWaitHeading: "Sie können es verfolgen",
    howWait:
      "Die Seite zeigt, wie viele Personen vor Ihnen sind und wie lange Sie ungefähr warten. Sie brauchen sie nicht neu zu laden.",
    howEnterHeading: "Sie werden eingelassen",
    howEnter: "Wenn Sie an der Reihe sind, geht die Seite von selbst zu dem weiter, was Sie wollten.",
    plain: {
      leadWait: "Gibt es eine Warteschlange, sehen Sie die Wartezeit, sobald Sie einen Platz genommen haben.",
      howPlace:
        "Bei großem Andrang nehmen Sie mit einer Schaltfläche einen Platz in der Warteschlange. Wer zuerst kommt, wird zuerst eingelassen.",
      howWait:
        "Die Seite zeigt, wie viele Personen vor Ihnen sind und wie lange Sie ungefähr warten. Sie ändert sich nicht von selbst: Wählen Sie „Jetzt prüfen“.",
      howEnter: "Wenn Sie an der Reihe sind, wählen Sie „Eintreten“.",
    },
  },
  notice: {
    closed: {
      heading: "Der Dienst ist zurzeit geschlossen",
      named: "{name} ist zurzeit geschlossen",
      text: "Wenn Sie einen Platz in der Warteschlange haben, bleibt er erhalten. Bitte versuchen Sie es später erneut.",
    },
    "bad-request": {
      heading: "Wir haben die Adresse nicht verstanden",
      named: "Wir haben die Adresse nicht verstanden",
      text: "Die Adresse ist in einer Form geschrieben, die wir nicht verwenden können. Prüfen Sie sie, oder beginnen Sie auf der Startseite.",
    },
    forbidden: {
      heading: "Von hier können wir das nicht annehmen",
      named: "Von hier können wir das nicht annehmen",
      text: "Was Sie gesendet haben, kam von einer Seite, die nicht uns gehört. Beginnen Sie auf der Startseite.",
    },
    "not-found": {
      heading: "Diese Seite gibt es nicht",
      named: "Diese Seite gibt es nicht",
      text: "Unter dieser Adresse gibt es keine Seite. Prüfen Sie, ob sie richtig geschrieben ist, oder beginnen Sie auf der Startseite.",
    },
    "bad-gateway": {
      heading: "Der Dienst antwortet nicht",
      named: "{name} antwortet nicht",
      text: "Der Fehler liegt beim Dienst, nicht bei Ihnen. Wenn Sie eingelassen wurden, behalten Sie Ihren Zugang. Warten Sie einen Augenblick, und versuchen Sie es erneut.",
    },
    unavailable: {
      heading: "Wir können diese Seite zurzeit nicht anzeigen",
      named: "Wir können {name} zurzeit nicht anzeigen",
      text: "Wenn Sie einen Platz in der Warteschlange haben, ist er gesichert. Warten Sie einen Augenblick, und versuchen Sie es erneut.",
    },
    timeout: {
      heading: "Der Dienst antwortet zu langsam",
      named: "{name} antwortet zu langsam",
      text: "Der Andrang ist sehr groß. Wenn Sie eingelassen wurden, behalten Sie Ihren Zugang. Wenn Sie gerade etwas gesendet haben, prüfen Sie, ob es angekommen ist, bevor Sie es erneut senden.",
    },
    messageLabel: "Mitteilung des Dienstes",
    tryAgain: "Erneut versuchen",
    home: "Zur Startseite",
  },
};
