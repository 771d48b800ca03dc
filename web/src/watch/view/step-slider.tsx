/** Chooses one of the steps there are. A slider underneath: arrows, Home and End move it. */
import { Icon } from "../../shared/icons.tsx";
import { w } from "../words.ts";

interface Props {
  steps: number[];
  step: number;
  onChoose: (step: number) => void;
}

export function StepSlider({ steps, step, onChoose }: Props) {
  const at = Math.max(steps.indexOf(step), 0);
  const move = (to: number) => {
    const wanted = steps[to];
    if (wanted !== undefined) onChoose(wanted);
  };
  return (
    <div class="step-slider">
      <button type="button" class="quiet" disabled={at === 0} aria-label={w.value.earlier} title={w.value.earlier} onClick={() => move(at - 1)}>
        <Icon name="left" />
      </button>
      <input
        type="range"
        min={0}
        max={steps.length - 1}
        value={at}
        aria-label={w.value.step}
        aria-valuetext={w.value.stepN(step)}
        onInput={(event) => move(Number(event.currentTarget.value))}
      />
      <button type="button" class="quiet" disabled={at === steps.length - 1} aria-label={w.value.later} title={w.value.later} onClick={() => move(at + 1)}>
        <Icon name="right" />
      </button>
      <output>{w.value.stepN(step)}</output>
    </div>
  );
}
