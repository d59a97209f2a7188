export { type KeyRing, loadKeyRing, type PublicKeySet, publicJwks } from "./key-ring.ts";
export { generateKeySet, type JsonWebKeySet, type Rotation, rotateKeySet } from "./key-set.ts";
export { KeySetError, type KeySetErrorCode } from "./key-set-error.ts";
export {
  loadPassVerifier,
  type Pass,
  type PassCheck,
  type PassVerdict,
  type PassVerifier,
  signPass,
  verifyPass,
} from "./pass.ts";
export { openSeal, type SealedLine, seal } from "./seal.ts";
export {
  JTI_BYTES,
  newJti,
  signTicket,
  type Ticket,
  type TicketVerdict,
  verifyTicket,
  writeTicket,
} from "./ticket.ts";
export type { TokenRefusal } from "./token.ts";
export { VerifiedPasses } from "./verified-passes.ts";
