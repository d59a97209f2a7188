/** The texts of the pages; those of every other language have the same keys. `{name}` marks what is filled in. */
export const pages = {
  /** Parts of a wait, put together by `gateway/page/wait-text.ts`. */
  wait: {
    sentence: "The wait is {range}.",
    unknown: "The wait is not known yet.",
    underOneMinute: "under 1 minute",
    upTo: "up to {high}",
    aboutOne: "about {high}",
    /** By `high`. */
    aboutMinutes: { one: "about {low} to {high} minute", other: "about {low} to {high} minutes" },
    aboutRange: "about {low} to {high}",
    minutes: { one: "1 minute", other: "{n} minutes" },
    hours: { one: "1 hour", other: "{n} hours" },
    hoursAndMinutes: "{hours} {minutes}",
    /** A time of day, with or without its day before it, as it stands in the sentences below. */
    clock: "{time}",
  },
  common: {
    /** What the links to the other languages are called. */
    languages: "Languages",
    about:
      "Sluse keeps the line. Everybody gets a place in the order they come and is let in at the pace that the service can carry.",
    /** Where a pass had lapsed and what its visitor sent still went through. */
    afterForm:
      "Your time at the service has ended. What you sent last was passed on to the service. To go in again, you wait in line like everyone else.",
  },
  waiting: {
    headingJoining: "Finding your place in line",
    leadJoining: "This normally takes only a moment.",
    titleFirst: "Waiting line",
    titleJoining: "Finding your place",

    heading: "You are in line for “{name}”",
    aheadLabel: "Ahead of you in line",
    ahead: { one: "There is 1 person ahead of you.", other: "There are {n} people ahead of you." },
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
    leadGate:
      "Many have been called up at once. We let you in, in the order you came. Keep this page in view. It goes on by itself when it is your turn.",
    noticeReturned:
      "Your turn came while you were away. You now come after those who stood at the gate when you returned.",

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
  /** The page of one ticket without JavaScript, which does nothing by itself. */
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
    leadEarly:
      "You can stand at the gate: press “Go in”. Many have been called up at once, and we let people in, in order. Your turn does not run out before we get to you.",
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
    waiting: { one: "1 person waiting.", other: "{n} people waiting." },
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
    /** What holds instead without JavaScript. */
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
