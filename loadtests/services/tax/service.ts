import { html, type Markup } from "../markup.ts";
import type { Language, Page } from "../page.ts";
import {
  type RunningService,
  type ServiceOptions,
  type Site,
  type SiteReply,
  type SiteRequest,
  startSite,
} from "../site.ts";
import { deductionLimit, type Person, people, readAmount, settleYear } from "./statement.ts";

/** What one visit has open: a person's statement as changed in it. */
interface OpenStatement {
  person: Person;
  submitted: boolean;
}

// Visits that never log out would otherwise stay in memory for ever.
const mostVisits = 50_000;

/** A small tax site at `/tax`: log in, see the annual statement, change a deduction, submit, log out. */
export function startTaxService(options: ServiceOptions): Promise<RunningService> {
  return startSite(taxSite(), options);
}

function taxSite(): Site {
  const visits = new Map<string, OpenStatement>();

  function answer(request: SiteRequest): SiteReply | undefined {
    const open = visits.get(request.visit);
    switch (`${request.method} ${request.path}`) {
      case "GET ":
        return open ? { goTo: "/statement" } : { page: logInPage(request) };
      case "POST /login":
        return logIn(request);
      case "POST /logout":
        visits.delete(request.visit);
        return { page: goodbyePage(request.language), endSession: true };
    }
    if (!isPageOfTheStatement(request)) return undefined;
    if (open) return answerInside(request, open);
    return { goTo: request.method === "GET" ? `?to=${request.path}` : "" };
  }

  function logIn(request: SiteRequest): SiteReply {
    const person = people.find(({ id }) => id === request.form.get("person"));
    if (!person) return { status: 422, page: logInPage(request, true) };
    for (const oldest of visits.keys()) {
      if (visits.size < mostVisits) break;
      visits.delete(oldest);
    }
    visits.set(request.visit, { person: { ...person }, submitted: false });
    return { goTo: pageAskedFor(request.form) };
  }

  return {
    mount: "/tax",
    name: { da: "Skat", en: "Tax" },
    answer,
    forgetVisits: () => visits.clear(),
  };
}

const pagesOfTheStatement = [
  "GET /statement",
  "GET /deduction",
  "POST /deduction",
  "POST /submit",
  "GET /receipt",
];

function isPageOfTheStatement(request: SiteRequest): boolean {
  return pagesOfTheStatement.includes(`${request.method} ${request.path}`);
}

/** The page that somebody asked for before they logged in, handed on in `to`; the statement where it is none. */
function pageAskedFor(given: URLSearchParams): string {
  const to = given.get("to") ?? "";
  return pagesOfTheStatement.includes(`GET ${to}`) ? to : "/statement";
}

function answerInside(request: SiteRequest, open: OpenStatement): SiteReply {
  switch (`${request.method} ${request.path}`) {
    case "GET /deduction":
      return { page: deductionPage(request.language, open.person) };
    case "POST /deduction":
      return changeDeductions(request, open);
    case "POST /submit":
      open.submitted = true;
      return { goTo: "/receipt" };
    case "GET /receipt":
      return open.submitted ? { page: receiptPage(request.language, open.person) } : { goTo: "/statement" };
    default:
      return { page: statementPage(request.language, open) };
  }
}

function changeDeductions(request: SiteRequest, open: OpenStatement): SiteReply {
  const typed = {
    transport: request.form.get("transport") ?? "",
    unionFee: request.form.get("unionFee") ?? "",
  };
  const transport = readAmount(typed.transport);
  const unionFee = readAmount(typed.unionFee);
  if (transport === undefined || unionFee === undefined) {
    return { status: 422, page: deductionPage(request.language, open.person, typed) };
  }
  Object.assign(open.person, { transport, unionFee });
  open.submitted = false;
  return { goTo: "/statement" };
}

const texts = {
  da: {
    logIn: "Se din årsopgørelse",
    logInLead: "Log ind for at se, om du får penge tilbage, og for at rette dine fradrag.",
    who: "Hvem vil du logge ind som?",
    chooseSomeone: "Vælg en person for at komme videre.",
    logInButton: "Log ind",
    statement: "Din årsopgørelse",
    year: "Årets tal i kroner",
    salary: "Løn",
    transport: "Fradrag for befordring",
    unionFee: "Fradrag for fagligt kontingent",
    tax: "Beregnet skat",
    taxPaid: "Betalt skat i årets løb",
    back: "Du får tilbage",
    owed: "Du skal betale",
    change: "Ret fradrag",
    submit: "Godkend årsopgørelsen",
    submitted: "Årsopgørelsen er godkendt.",
    logOut: "Log ud",
    deduction: "Ret dine fradrag",
    amountHint: `Hele kroner, fra 0 til ${amount(deductionLimit, "da")}.`,
    amountWrong: `Skriv et helt beløb fra 0 til ${amount(deductionLimit, "da")}.`,
    save: "Gem",
    cancel: "Fortryd",
    receipt: "Tak, vi har modtaget din godkendelse",
    receiptBack: "Pengene sættes ind på din konto.",
    receiptOwed: "Du kan betale indtil 1. juli.",
    seeAgain: "Se årsopgørelsen igen",
    goodbye: "Du er logget ud",
    goodbyeText: "Din plads er givet videre til den næste.",
  },
  en: {
    logIn: "See your annual statement",
    logInLead: "Log in to see whether you get money back, and to correct your deductions.",
    who: "Who do you want to log in as?",
    chooseSomeone: "Choose a person to go on.",
    logInButton: "Log in",
    statement: "Your annual statement",
    year: "The year's figures in kroner",
    salary: "Salary",
    transport: "Deduction for transport",
    unionFee: "Deduction for union fees",
    tax: "Calculated tax",
    taxPaid: "Tax paid during the year",
    back: "You get back",
    owed: "You have to pay",
    change: "Change deductions",
    submit: "Approve the statement",
    submitted: "The statement is approved.",
    logOut: "Log out",
    deduction: "Change your deductions",
    amountHint: `Whole kroner, from 0 to ${amount(deductionLimit, "en")}.`,
    amountWrong: `Write a whole amount from 0 to ${amount(deductionLimit, "en")}.`,
    save: "Save",
    cancel: "Cancel",
    receipt: "Thank you, we have received your approval",
    receiptBack: "The money goes to your account.",
    receiptOwed: "You can pay until 1 July.",
    seeAgain: "See the statement again",
    goodbye: "You are logged out",
    goodbyeText: "Your place goes to the next in line.",
  },
};

function amount(kroner: number, language: Language): string {
  return kroner.toLocaleString(language === "da" ? "da-DK" : "en-GB");
}

function logInPage({ language, query, form }: SiteRequest, nobodyChosen = false): Page {
  const t = texts[language];
  const to = pageAskedFor(query.has("to") ? query : form);
  const choices = people.map(
    ({ id, name }, index) =>
      html`<label class="choice"><input type="radio" name="person" value="${id}" required${index === 0 ? html` checked` : undefined}> ${name}</label>`,
  );
  return {
    title: t.logIn,
    languagePath: "/tax",
    content: html`<h1>${t.logIn}</h1><p class="lead">${t.logInLead}</p>
<form class="card" method="post" action="/tax/login">
<input type="hidden" name="to" value="${to}">
<fieldset><legend>${t.who}</legend>${alarm(nobodyChosen, t.chooseSomeone)}${choices}</fieldset>
<button type="submit">${t.logInButton}</button>
</form>`,
  };
}

function statementPage(language: Language, { person, submitted }: OpenStatement): Page {
  const t = texts[language];
  const { tax } = settleYear(person);
  const rows: [string, number][] = [
    [t.salary, person.salary],
    [t.transport, person.transport],
    [t.unionFee, person.unionFee],
    [t.tax, tax],
    [t.taxPaid, person.taxPaid],
  ];
  return {
    title: t.statement,
    content: html`<h1>${t.statement}</h1><p class="lead">${person.name}</p>
<section class="card">${result(language, person)}${submitted ? html`<p>${t.submitted}</p>` : undefined}</section>
<section class="card"><table><caption>${t.year}</caption><tbody>
${rows.map(([name, kroner]) => html`<tr><th scope="row">${name}</th><td>${amount(kroner, language)}</td></tr>`)}
</tbody></table></section>
<div class="actions">
${submitted ? undefined : html`<form method="post" action="/tax/submit"><button type="submit">${t.submit}</button></form>`}
<a class="button quiet" href="/tax/deduction">${t.change}</a>
${logOutForm(language)}
</div>`,
  };
}

function deductionPage(
  language: Language,
  person: Person,
  wrong?: { transport: string; unionFee: string },
): Page {
  const t = texts[language];
  const field = (name: "transport" | "unionFee") => {
    const typed = wrong?.[name] ?? String(person[name]);
    const isWrong = wrong !== undefined && readAmount(typed) === undefined;
    return html`<label class="field" for="${name}">${t[name]}</label>
<p class="hint" id="${name}-hint">${t.amountHint}</p>${alarm(isWrong, t.amountWrong, `${name}-alarm`)}
<input type="text" inputmode="numeric" autocomplete="off" id="${name}" name="${name}" value="${typed}" aria-describedby="${name}-hint${isWrong ? ` ${name}-alarm` : ""}"${isWrong ? html` aria-invalid="true"` : undefined}>`;
  };
  return {
    title: t.deduction,
    content: html`<h1>${t.deduction}</h1>
<form class="card" method="post" action="/tax/deduction">
${field("transport")}
${field("unionFee")}
<div class="actions"><button type="submit">${t.save}</button><a href="/tax/statement">${t.cancel}</a></div>
</form>`,
  };
}

function receiptPage(language: Language, person: Person): Page {
  const t = texts[language];
  const { refund } = settleYear(person);
  return {
    title: t.receipt,
    content: html`<h1>${t.receipt}</h1>
<section class="card">${result(language, person)}<p>${refund >= 0 ? t.receiptBack : t.receiptOwed}</p></section>
<div class="actions">${logOutForm(language)}<a href="/tax/statement">${t.seeAgain}</a></div>`,
  };
}

function goodbyePage(language: Language): Page {
  const t = texts[language];
  return {
    title: t.goodbye,
    languagePath: "/tax",
    content: html`<h1>${t.goodbye}</h1><p class="lead">${t.goodbyeText}</p>`,
  };
}

function result(language: Language, person: Person): Markup {
  const t = texts[language];
  const { refund } = settleYear(person);
  return html`<h2>${refund >= 0 ? t.back : t.owed}</h2>
<p class="result">${amount(Math.abs(refund), language)} kr.</p>`;
}

function logOutForm(language: Language): Markup {
  return html`<form method="post" action="/tax/logout"><button class="quiet" type="submit">${texts[language].logOut}</button></form>`;
}

function alarm(isShown: boolean, text: string, id = "alarm"): Markup | undefined {
  return isShown ? html`<p class="alarm" id="${id}" role="alert">${text}</p>` : undefined;
}
