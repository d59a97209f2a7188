/** What an operator on duty should look at, though visitors are served; bounded, since it labels a metric. */
export const ALARM_KINDS = ["restored", "implausible-floor", "not-admitting"] as const;

export type AlarmKind = (typeof ALARM_KINDS)[number];
