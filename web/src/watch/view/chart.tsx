/** A figure: its lines over the steps, and beside each the value at its beginning and at the place pointed at. */
import { useMemo, useState } from "preact/hooks";
import { Choice } from "../../shared/choice.tsx";
import { cursor, onCursorKey } from "../cursor.ts";
import { amount, type Unit } from "../format.ts";
import type { Tone } from "../figures.ts";
import { nearest, type Point, smooth, windowFor } from "../series.ts";
import { w } from "../words.ts";
import { Plot } from "./plot.tsx";
import { SaveButtons } from "./save.tsx";

export interface Line {
  key: string;
  name: string;
  tone: Tone;
  points: Point[];
  other: boolean; // of the run laid over
}

export interface Drawn extends Line {
  calm: Point[]; // smoothed; the same points where there is nothing to smooth
}

interface Props {
  title: string;
  hint: string;
  unit: Unit;
  lines: Line[];
  smoothed: boolean;
  log: boolean; // whether there is a choice of scales
}

export function Chart({ title, hint, unit, lines, smoothed, log }: Props) {
  const [scale, setScale] = useState<"linear" | "log">("linear");
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const drawn = useMemo(() => lines.map((line) => calmed(line, smoothed)), [lines, smoothed]);
  const shown = drawn.filter(({ key }) => !hidden.has(key));
  const steps = useMemo(() => stepsOf(lines), [lines]);
  const toggle = (key: string) => setHidden(new Set(hidden.has(key) ? [...hidden].filter((k) => k !== key) : [...hidden, key]));
  return (
    <figure class="chart" aria-label={title}>
      <figcaption>
        <h3>{title}</h3>
        <div class="chart-tools">
          {log && <ScaleChoice title={title} scale={scale} onChoose={setScale} />}
          <SaveButtons title={title} />
        </div>
        <p class="hint">{hint}</p>
      </figcaption>
      <div class="plot" tabIndex={0} role="group" aria-label={`${title}. ${w.value.keysHint}`} onKeyDown={(event) => onCursorKey(event, steps)}>
        <Plot lines={shown} unit={unit} log={scale === "log"} />
      </div>
      <ReadOut lines={drawn} unit={unit} hidden={hidden} onToggle={toggle} />
    </figure>
  );
}

function calmed(line: Line, smoothed: boolean): Drawn {
  return { ...line, calm: smoothed ? smooth(line.points, windowFor(line.points.length)) : line.points };
}

function stepsOf(lines: Line[]): number[] {
  return [...new Set(lines.flatMap(({ points }) => points.map(({ step }) => step)))].sort((a, b) => a - b);
}

interface ScaleProps {
  title: string;
  scale: "linear" | "log";
  onChoose: (scale: "linear" | "log") => void;
}

function ScaleChoice({ title, scale, onChoose }: ScaleProps) {
  const options = [
    { value: "linear" as const, label: w.value.linear },
    { value: "log" as const, label: w.value.log },
  ];
  return <Choice label={w.value.scaleOf(title)} options={options} value={scale} onChoose={onChoose} />;
}

interface ReadOutProps {
  lines: Drawn[];
  unit: Unit;
  hidden: ReadonlySet<string>;
  onToggle: (key: string) => void;
}

/** Name, first value → value at the cursor, or the last. A press hides the line. */
function ReadOut({ lines, unit, hidden, onToggle }: ReadOutProps) {
  const at = cursor.value;
  return (
    <ul class="read-out">
      {lines.map((line) => {
        const first = line.points[0];
        const now = at === null ? line.calm.at(-1) : nearest(line.points, at);
        return (
          <li key={line.key}>
            <button type="button" aria-pressed={!hidden.has(line.key)} onClick={() => onToggle(line.key)}>
              <span class={`stroke tone-${line.tone}`} data-other={line.other} aria-hidden="true" />
              <bdi>{line.name}</bdi>
            </button>
            <span class="values">
              {first && now && first.step !== now.step && <span class="aside" title={w.value.fromStep(first.step)}>{amount(first.value, unit)} → </span>}
              <strong>{amount(now?.value, unit)}</strong>
              {at !== null && now && <span class="unseen"> {w.value.fromStep(now.step)}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
