/** What the server has: models to ask and problems to draw. */
import { computed, signal } from "@preact/signals";
import { ApiError, getJson } from "../shared/api.ts";
import type { Family, Mode, Model, Problem } from "../shared/contract.ts";
import { settings } from "../shared/settings.ts";

export const models = signal<Model[]>([]);
export const families = signal<Family[]>([]);
export const state = signal<"loading" | "ready" | "locked" | "unreachable">("loading");

const PATIENCE = 1500; // milliseconds between two questions to a server that is still loading

export async function loadServer(): Promise<void> {
  state.value = "loading";
  try {
    models.value = (await getJson<{ data: Model[] }>("v1/models")).data;
    state.value = models.value.length ? "ready" : "unreachable";
  } catch (error) {
    const status = error instanceof ApiError ? error.status : 0;
    if (status === 503) setTimeout(() => void loadServer(), PATIENCE);
    else state.value = status === 401 ? "locked" : "unreachable";
    return;
  }
  const found = await getJson<{ families: Family[] }>("v1/scratchwork/families").catch(() => null);
  families.value = found?.families ?? [];
}

export const modelOf = (id: string | null) => models.value.find((model) => model.id === id);

/** The model that is asked: the one chosen, or the server's first. */
export const model = computed(() => modelOf(settings.value.model) ?? models.value[0]);

/** The mode that a model is asked in: the one wanted, as far as it can. */
export function modeFor(asked: Model, wanted: Mode | null): Mode {
  const { modes, default: usual } = asked.scratchwork.thinking;
  return wanted && modes.includes(wanted) ? wanted : usual;
}

export function drawProblem(family: string, level: number): Promise<Problem> {
  const query = new URLSearchParams({ family, level: String(level) });
  return getJson<Problem>(`v1/scratchwork/problem?${query}`);
}
