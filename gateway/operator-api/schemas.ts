/** The door to the schemas of the operators' API, for whoever checks what is sent or reads what is answered. */
export { REPLIES } from "./replies.ts";
export { type ChangeBody, changeSchema, logInSchema, resetSchema } from "./requests.ts";
export { inSomeLanguage, seedSchemas } from "./settings-schema.ts";
