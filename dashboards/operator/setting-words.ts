/** The settings that have a control of one kind. */
import { FIELD_NAMES, FIELDS, type WholeField } from "#operator-api";

/** Whole numbers but the outflow, which has a control of its own. */
export type LimitField = Exclude<WholeField, "outflowPerMinute">;

export const LIMITS = FIELD_NAMES.filter(
  (field): field is LimitField => FIELDS[field].kind === "whole" && field !== "outflowPerMinute",
);
