import type { RunDetail } from "./contract.ts";
import { isFrozen } from "./source.ts";

/** Whether more may come of a run. A trainer that was not heard of for a while may be at a long step. */
export const isLive = ({ state }: RunDetail) => !isFrozen && (state === "running" || state === "quiet");
