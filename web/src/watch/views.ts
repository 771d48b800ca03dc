/** Which views a run has: with a server all of them, in a frozen file those that it holds something of. */
import type { View } from "./route.ts";
import { isFrozen, mayHave, pathOf } from "./source.ts";

const LIVE: View[] = ["figures", "followed", "groups", "ahas", "search", "report"];

export function viewsOf(run: string): View[] {
  if (!isFrozen) return LIVE;
  const needs: [View, string][] = [
    ["report", pathOf(["runs", run])],
    ["followed", pathOf(["runs", run, "followed"])],
    ["figures", pathOf(["runs", run, "journal"], { stage: "grpo" })],
    ["ahas", pathOf(["runs", run, "ahas"])],
    ["groups", pathOf(["runs", run, "steps"])],
  ];
  return needs.filter(([, path]) => mayHave(path)).map(([view]) => view);
}
