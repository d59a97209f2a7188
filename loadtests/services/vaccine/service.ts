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
import { type Appointment, Calendar, type Centre, centres, times } from "./calendar.ts";

export interface VaccineOptions extends ServiceOptions {
  /** Seats at each centre and time, 1 or more; there are 24 of those. Default 100. */
  seatsPerTime?: number;
}

/** A vaccination booking at `/vaccine`: choose centre and time, book, until every appointment is taken. */
export function startVaccineService(options: VaccineOptions): Promise<RunningService> {
  return startSite(vaccineSite(new Calendar(options.seatsPerTime ?? 100)), options);
}

function vaccineSite(calendar: Calendar): Site {
  function answer(request: SiteRequest): SiteReply | undefined {
    const { language, visit } = request;
    switch (`${request.method} ${request.path}`) {
      case "GET ":
        return calendar.of(visit) ? { goTo: "/confirmation" } : offer(centrePage(language, calendar));
      case "GET /times": {
        const centre = findCentre(request.query);
        return centre
          ? offer(timePage(language, calendar, centre, request.query.has("taken")))
          : { goTo: "" };
      }
      case "POST /book":
        return book(request);
      case "GET /confirmation": {
        const appointment = calendar.of(visit);
        return appointment ? { page: confirmationPage(language, appointment) } : { goTo: "" };
      }
      case "GET /full":
        return offer(centrePage(language, calendar));
      case "POST /finish":
        return { page: goodbyePage(language), endSession: true };
    }
    return undefined;

    function offer(page: Page): SiteReply {
      return { page: calendar.leftInAll() > 0 ? page : fullPage(language) };
    }
  }

  function book(request: SiteRequest): SiteReply {
    const centre = findCentre(request.form);
    const time = times.find((offered) => offered === request.form.get("time"));
    if (!centre) return { goTo: "" };
    if (!time) return { goTo: `/times?centre=${centre.id}` };
    if (calendar.book(request.visit, centre, time) !== "taken") return { goTo: "/confirmation" };
    return { goTo: calendar.leftInAll() > 0 ? `/times?centre=${centre.id}&taken=1` : "/full" };
  }

  return {
    mount: "/vaccine",
    name: { da: "Vaccination", en: "Vaccination" },
    answer,
    // Appointments are in the database, which a crash of the workers leaves alone.
    forgetVisits: () => {},
  };
}

function findCentre(from: URLSearchParams): Centre | undefined {
  return centres.find(({ id }) => id === from.get("centre"));
}

const texts = {
  da: {
    where: "Hvor vil du vaccineres?",
    whereLead: "Vælg et vaccinationscenter. Tiderne tildeles efter først til mølle.",
    centre: "Center",
    left: (seats: number) =>
      seats > 0 ? `${seats} ${seats === 1 ? "ledig plads" : "ledige pladser"}` : "Optaget",
    next: "Vælg tid",
    when: "Hvornår vil du komme?",
    time: "Tidspunkt",
    taken: "Tiden blev taget af en anden. Vælg en ny.",
    noneHere: "Alle tider her er taget. Vælg et andet center.",
    book: "Bestil tid",
    otherCentre: "Vælg et andet center",
    booked: "Din tid er bestilt",
    bookedLead: "Tag dit sundhedskort med, og kom højst fem minutter før.",
    place: "Sted",
    number: "Bestillingsnummer",
    full: "Alle tider er taget",
    fullLead: "Der er ikke flere tider i denne omgang. Nye tider kommer i næste uge.",
    finish: "Afslut",
    goodbye: "Tak for besøget",
    goodbyeText: "Din plads er givet videre til den næste.",
  },
  en: {
    where: "Where do you want to be vaccinated?",
    whereLead: "Choose a vaccination centre. Times go to those who come first.",
    centre: "Centre",
    left: (seats: number) => (seats > 0 ? `${seats} ${seats === 1 ? "seat" : "seats"} left` : "Taken"),
    next: "Choose a time",
    when: "When do you want to come?",
    time: "Time",
    taken: "Somebody else took that time. Please choose another.",
    noneHere: "Every time here is taken. Please choose another centre.",
    book: "Book",
    otherCentre: "Choose another centre",
    booked: "Your time is booked",
    bookedLead: "Bring your health card, and come five minutes early at most.",
    place: "Place",
    number: "Booking number",
    full: "All slots are taken",
    fullLead: "There are no more times this week. New ones come next week.",
    finish: "Finish",
    goodbye: "Thank you for your visit",
    goodbyeText: "Your place goes to the next in line.",
  },
};

function centrePage(language: Language, calendar: Calendar): Page {
  const t = texts[language];
  const free = centres.filter((centre) => calendar.leftAt(centre) > 0);
  return {
    title: t.where,
    content: html`<h1>${t.where}</h1><p class="lead">${t.whereLead}</p>
<form class="card" method="get" action="/vaccine/times">
<fieldset><legend>${t.centre}</legend>
${centres.map((centre) =>
  choice(
    "centre",
    centre.id,
    calendar.leftAt(centre),
    centre === free[0],
    t.left,
    html`<span>${centre.name}<br>${centre.address}</span>`,
  ),
)}
</fieldset>
<button type="submit">${t.next}</button>
</form>`,
  };
}

function timePage(language: Language, calendar: Calendar, centre: Centre, taken: boolean): Page {
  const t = texts[language];
  const free = times.filter((time) => calendar.left(centre, time) > 0);
  const choices = times.map((time) =>
    choice("time", time, calendar.left(centre, time), time === free[0], t.left, html`<span>${time}</span>`),
  );
  const bookButton = html`<button type="submit">${t.book}</button>`;
  return {
    title: t.when,
    content: html`<h1>${t.when}</h1><p class="lead">${centre.name}, ${centre.address}</p>
<form class="card" method="post" action="/vaccine/book">
${free.length === 0 ? alarm(t.noneHere) : taken ? alarm(t.taken) : undefined}
<input type="hidden" name="centre" value="${centre.id}">
<fieldset><legend>${t.time}</legend><div class="times">${choices}</div></fieldset>
<div class="actions">${free.length > 0 ? bookButton : undefined}<a href="/vaccine">${t.otherCentre}</a></div>
</form>`,
  };
}

function choice(
  name: string,
  value: string,
  left: number,
  checked: boolean,
  leftText: (seats: number) => string,
  label: Markup,
): Markup {
  const state = left <= 0 ? html` disabled` : checked ? html` checked` : undefined;
  return html`<label class="choice"><input type="radio" name="${name}" value="${value}" required${state}> ${label}<span class="more">${leftText(Math.max(0, left))}</span></label>`;
}

function confirmationPage(language: Language, { centre, time, number }: Appointment): Page {
  const t = texts[language];
  return {
    title: t.booked,
    content: html`<h1>${t.booked}</h1><p class="lead">${t.bookedLead}</p>
<section class="card"><table><tbody>
<tr><th scope="row">${t.place}</th><td class="text">${centre.name}<br>${centre.address}</td></tr>
<tr><th scope="row">${t.time}</th><td>${time}</td></tr>
<tr class="sum"><th scope="row">${t.number}</th><td>${number}</td></tr>
</tbody></table></section>
${finishForm(language)}`,
  };
}

function fullPage(language: Language): Page {
  const t = texts[language];
  return {
    title: t.full,
    content: html`<h1>${t.full}</h1><p class="lead">${t.fullLead}</p>${finishForm(language)}`,
  };
}

function goodbyePage(language: Language): Page {
  const t = texts[language];
  return {
    title: t.goodbye,
    languagePath: "/vaccine",
    content: html`<h1>${t.goodbye}</h1><p class="lead">${t.goodbyeText}</p>`,
  };
}

function finishForm(language: Language): Markup {
  return html`<form method="post" action="/vaccine/finish"><button type="submit">${texts[language].finish}</button></form>`;
}

function alarm(text: string): Markup {
  return html`<p class="alarm" role="alert">${text}</p>`;
}
