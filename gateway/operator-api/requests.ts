/** What is sent to the operators' API, as schemas. Each says in words what is allowed. */
import { z } from "zod";
import { MOST_REASON_CHARACTERS } from "./bounds.ts";
import { settingSchemas } from "./settings-schema.ts";

const reason = z
  .string()
  .max(MOST_REASON_CHARACTERS)
  .default("")
  .describe(`a text of ${MOST_REASON_CHARACTERS} characters at most`);

/** The body of a PATCH. */
export const changeSchema = z
  .strictObject(settingSchemas)
  .partial()
  .extend({
    endSessions: z
      .boolean()
      .optional()
      .describe('true or false, and true only beside "mode": "closed"')
      .meta({ title: "whether a closing puts those inside out too" }),
    reason,
  })
  .refine(({ mode, endSessions }) => !endSessions || mode === "closed", { path: ["endSessions"] })
  .describe('an object with settings to change, such as {"outflowPerMinute": 600, "reason": "..."}');

/** The body of a log-in. */
export const logInSchema = z
  .strictObject({ token: z.string().min(1).max(512).describe("a token of 512 characters at most") })
  .describe('an object such as {"token": "..."}');

/** The body of a reset, of whichever room. */
export const resetSchema = z
  .strictObject({
    confirm: z.string().describe("the room's id again"),
    endSessions: z.boolean().default(false).describe("true or false"),
    reason,
  })
  .describe('an object such as {"confirm": "tax", "reason": "..."}');

/** The body of a PATCH, read. */
export type ChangeBody = z.output<typeof changeSchema>;
