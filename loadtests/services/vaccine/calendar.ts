export interface Centre {
  id: string;
  name: string;
  address: string;
}

export const centres: readonly Centre[] = [
  { id: "havnen", name: "Havnehallen", address: "Kajvej 4" },
  { id: "skolen", name: "Birkeskolen", address: "Birkevej 12" },
  { id: "hallen", name: "Engparkens Idrætshal", address: "Engvej 88" },
  { id: "biblioteket", name: "Biblioteket Nord", address: "Nordtorv 1" },
];

export const times: readonly string[] = ["09:00", "10:00", "11:00", "13:00", "14:00", "15:00"];

export interface Appointment {
  centre: Centre;
  time: string;
  /** What the visitor shows at the door. */
  number: number;
}

/** The appointments of one day. Each (centre, time) has so many seats; a visit holds at most one. */
export class Calendar {
  readonly #seatsPerTime: number;
  readonly #taken = new Map<string, number>();
  readonly #byVisit = new Map<string, Appointment>();

  constructor(seatsPerTime: number) {
    this.#seatsPerTime = seatsPerTime;
  }

  left(centre: Centre, time: string): number {
    return this.#seatsPerTime - (this.#taken.get(`${centre.id} ${time}`) ?? 0);
  }

  leftAt(centre: Centre): number {
    return times.reduce((sum, time) => sum + this.left(centre, time), 0);
  }

  leftInAll(): number {
    return centres.reduce((sum, centre) => sum + this.leftAt(centre), 0);
  }

  of(visit: string): Appointment | undefined {
    return this.#byVisit.get(visit);
  }

  /** Books, or says that the last seat went to somebody else. Asked twice, a visit keeps its first appointment. */
  book(visit: string, centre: Centre, time: string): Appointment | "taken" {
    const before = this.#byVisit.get(visit);
    if (before) return before;
    if (this.left(centre, time) <= 0) return "taken";
    const key = `${centre.id} ${time}`;
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1);
    const appointment = { centre, time, number: 1_000 + this.#byVisit.size };
    this.#byVisit.set(visit, appointment);
    return appointment;
  }
}
