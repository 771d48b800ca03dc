/** The paper of a figure: axes, lines, where each began, and the step that is pointed at. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { memo } from "../../shared/memo.ts";
import { cursor } from "../cursor.ts";
import { tickText, type Unit } from "../format.ts";
import { linear, type Scale, scaleFor } from "../scale.ts";
import { nearest, type Point, thin } from "../series.ts";
import { w } from "../words.ts";
import type { Drawn } from "./chart.tsx";

const HEIGHT = 216;
const LEFT = 46;
const RIGHT = 14;
const TOP = 10;
const BOTTOM = 24;
const FEW = 24; // points that are few enough to be marked one by one

interface Props {
  lines: Drawn[];
  unit: Unit;
  log: boolean;
}

export function Plot({ lines, unit, log }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const all = lines.flatMap(({ points, calm }) => [...points, ...calm]);
  const steps = all.map(({ step }) => step);
  const x = linear(lowest(steps), highest(steps), Math.max(Math.floor(width / 90), 2));
  const y = scaleFor(all.map(({ value }) => value), unit === "share", log);
  const across = (step: number) => LEFT + x.place(step) * (width - LEFT - RIGHT);
  const up = (value: number) => HEIGHT - BOTTOM - y.place(value) * (HEIGHT - TOP - BOTTOM);
  const point = (event: PointerEvent) => {
    const inside = event.clientX - (event.currentTarget as Element).getBoundingClientRect().left;
    const step = lowest(steps) + ((inside - LEFT) / (width - LEFT - RIGHT)) * (highest(steps) - lowest(steps));
    const own = lines.flatMap(({ points }) => nearest(points, step) ?? []);
    cursor.value = own.sort((a, b) => Math.abs(a.step - step) - Math.abs(b.step - step))[0]?.step ?? null;
  };
  return (
    <div class="plot-place" ref={box}>
      <svg width={width} height={HEIGHT} aria-hidden="true" onPointerMove={point} onPointerDown={point} onPointerLeave={() => (cursor.value = null)}>
        <Axes x={x} y={y} width={width} unit={unit} />
        {lines.toReversed().map((line) => <Curve key={line.key} line={line} across={across} up={up} room={width} />)}
        <Cursor lines={lines} across={across} up={up} width={width} />
      </svg>
      {!all.length && <p class="hint no-figure">{w.value.noFigure}</p>}
    </div>
  );
}

function useWidth(box: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(480);
  useLayoutEffect(() => {
    if (!box.current) return;
    const look = new ResizeObserver(([entry]) => entry && setWidth(Math.max(Math.round(entry.contentRect.width), 200)));
    look.observe(box.current);
    return () => look.disconnect();
  }, []);
  return width;
}

function Axes({ x, y, width, unit }: { x: Scale; y: Scale; width: number; unit: Unit }) {
  const floor = HEIGHT - BOTTOM;
  return (
    <g class="axes">
      {y.ticks.map((tick) => {
        const at = floor - y.place(tick) * (HEIGHT - TOP - BOTTOM);
        return (
          <g key={tick}>
            <line x1={LEFT} x2={width - RIGHT} y1={at} y2={at} class={tick === 0 ? "zero" : ""} />
            <text x={LEFT - 8} y={at} dy="0.32em" text-anchor="end">
              {tickText(tick, unit)}
            </text>
          </g>
        );
      })}
      {x.ticks.map((tick) => (
        <text key={tick} x={LEFT + x.place(tick) * (width - LEFT - RIGHT)} y={floor + 17} text-anchor="middle">
          {Number.isInteger(tick) ? tick : ""}
        </text>
      ))}
    </g>
  );
}

type Place = (value: number) => number;

interface CurveProps {
  line: Drawn;
  across: Place;
  up: Place;
  room: number;
}

function Curve({ line, across, up, room }: CurveProps) {
  const path = (points: Point[]) => thin(points, room * 2).map(({ step, value }, i) => `${i ? "L" : "M"}${across(step).toFixed(1)} ${up(value).toFixed(1)}`).join("");
  const first = line.points[0];
  if (!first) return null;
  const start = up(first.value);
  return (
    <g class={`curve tone-${line.tone}`} data-other={line.other}>
      {!line.other && <line class="began" x1={across(first.step)} x2={room - RIGHT} y1={start} y2={start} />}
      {line.calm !== line.points && !line.other && <path class="raw" d={path(line.points)} />}
      <path class="calm" d={path(line.calm)} />
      {line.points.length <= FEW && line.points.map(({ step, value }) => <circle key={step} cx={across(step)} cy={up(value)} r="2.4" class="dot" />)}
      <circle cx={across(first.step)} cy={start} r="3.4" class="start" />
    </g>
  );
}

const Cursor = memo(({ lines, across, up, width }: { lines: Drawn[]; across: Place; up: Place; width: number }) => {
  const at = cursor.value;
  if (at === null || !lines.length) return null;
  const place = across(at);
  if (!(place >= LEFT - 1 && place <= width - RIGHT + 1)) return null;
  const right = place > width - 70;
  return (
    <g class="cursor">
      <line x1={place} x2={place} y1={TOP} y2={HEIGHT - BOTTOM} />
      <text x={place + (right ? -6 : 6)} y={TOP + 8} text-anchor={right ? "end" : "start"}>
        {w.value.fromStep(at)}
      </text>
      {lines.map(({ key, tone, points }) => {
        const own = nearest(points, at);
        return own ? <circle key={key} class={`tone-${tone}`} cx={across(own.step)} cy={up(own.value)} r="3.6" /> : null;
      })}
    </g>
  );
});

const lowest = (values: number[]) => values.reduce((a, b) => Math.min(a, b), values[0] ?? 0);
const highest = (values: number[]) => values.reduce((a, b) => Math.max(a, b), values[0] ?? 1);
