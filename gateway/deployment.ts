import type { RoomTable } from "#core";
import type { KeyRing, VerifiedPasses } from "#core/tokens";
import type { TrustedProxies } from "./http/forwarded.ts";
import type { PreparedOwnReply, PreparedReply } from "./http/reply.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { History } from "./operator/history.ts";
import type { NamedOperator } from "./operator/roles.ts";
import type { Pages } from "./page/build.ts";
import type { OriginProxy } from "./proxy/proxy.ts";
import type { LiveFeed } from "./room/live-feed.ts";
import type { Room } from "./room/room.ts";
import type { Status } from "./room/status.ts";
import type { RoomConfig } from "./rooms-file.ts";
import type { Settings } from "./settings.ts";
import type { AddressLimits } from "./visitor/address-limits.ts";
import type { PassNetworks } from "./visitor/pass-networks.ts";

/** A room with all that its requests need. */
export interface Door {
  readonly config: RoomConfig;
  readonly room: Room;
  readonly live: LiveFeed;
  /** What everybody who joins is answered alike. */
  readonly ticketReply: PreparedOwnReply;
  /** Made anew with each piece of news; null until the store has answered once. */
  status: Status | null;
  statusReply: PreparedReply | null;
}

/** What every route of this process works with; made once, at start. */
export interface Deployment {
  readonly settings: Settings;
  readonly ring: KeyRing;
  readonly passes: VerifiedPasses;
  readonly doors: ReadonlyMap<string, Door>;
  readonly roomTable: RoomTable<RoomConfig>;
  readonly trustedProxies: TrustedProxies;
  /** Null where no address is slowed down. */
  readonly limits: AddressLimits | null;
  readonly passNetworks: PassNetworks;
  readonly pages: Pages;
  readonly proxy: OriginProxy;
  readonly metrics: Metrics;
  /** Kept where the operators' listener is; empty in other workers. */
  readonly history: History;
  readonly operators: readonly NamedOperator[];
  readonly log: Log;
  /** Visitors come by https: decides the cookies. */
  readonly secure: boolean;
  /** False once the process drains after SIGTERM. */
  accepting: boolean;
}
