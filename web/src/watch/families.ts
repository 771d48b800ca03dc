import { useAnswer } from "./answer.ts";
import type { Problem, RunDetail } from "./contract.ts";
import { mayHave, pathOf } from "./source.ts";

/** The families of a run's problems, from what was evaluated and what is asked again. */
export function useFamilies(run: RunDetail): string[] {
  const path = pathOf(["runs", run.name, "followed"]);
  const { data } = useAnswer<{ problems: Problem[] }>(mayHave(path) ? path : null);
  const evaluated = Object.values(run.evaluations).flatMap((table) => Object.keys(table));
  const asked = data?.problems.map(({ family }) => family) ?? [];
  return [...new Set([...evaluated, ...asked])].filter((name) => name !== "all");
}
