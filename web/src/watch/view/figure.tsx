/** A figure of a run, and of another one laid over it. */
import { useMemo } from "preact/hooks";
import type { FigureSpec, LineSpec } from "../figures.ts";
import { EMPTY, type Journal } from "../journal.ts";
import { points } from "../series.ts";
import { familyName, w } from "../words.ts";
import { Chart, type Line } from "./chart.tsx";

export interface Journals {
  grpo: Journal;
  held_out: Journal;
}

export interface Overlay {
  name: string;
  journals: Journals;
}

interface Props {
  spec: FigureSpec;
  journals: Journals;
  overlay?: Overlay | undefined;
  smoothed: boolean;
}

export function Figure({ spec, journals, overlay, smoothed }: Props) {
  const words = w.value;
  const own = journals[spec.stage];
  const other = overlay ? overlay.journals[spec.stage] : EMPTY;
  const lines = useMemo(
    () => [...linesOf(spec, own, null), ...(overlay ? linesOf(spec, other, overlay.name) : [])],
    [spec, own, other, overlay?.name, words],
  );
  const [title = spec.id, hint = ""] = words.figures[spec.id] ?? [];
  return <Chart title={title} hint={hint} unit={spec.unit} lines={lines} smoothed={smoothed} log={spec.log ?? false} />;
}

/** Whether there is anything to draw; a figure that a run never measured is not shown. */
export function hasFigure(spec: FigureSpec, journals: Journals): boolean {
  return linesOf(spec, journals[spec.stage], null).length > 0;
}

function linesOf(spec: FigureSpec, { step, series }: Journal, run: string | null): Line[] {
  return spec.lines(Object.keys(series)).flatMap((line: LineSpec) => {
    const found = points(step, series[line.metric]);
    if (!found.length) return [];
    const name = w.value.lines[line.label] ?? familyName(line.label);
    const title = run === null ? name : `${name} · ${run}`;
    return { key: `${run ?? ""}/${line.metric}`, name: title, tone: line.tone, points: found, other: run !== null };
  });
}
