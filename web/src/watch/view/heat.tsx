/** The response token by token, each as warm as it was surprising, or as the model was undecided. */
import type { Tokens } from "../contract.ts";
import { useAnswer } from "../answer.ts";
import { gradeOf, type Measure } from "../heat.ts";
import { visible } from "../visible.tsx";
import { w } from "../words.ts";
import { Waiting } from "./waiting.tsx";

const GRADES = [0, 1, 2, 3, 4, 5, 6, 7];

export function Heat({ path, measure }: { path: string; measure: Measure }) {
  const { data, error } = useAnswer<Tokens>(path);
  if (!data) return <Waiting error={error} />;
  const values = data[measure];
  return (
    <>
      <div class="sheet" tabIndex={0} role="region" aria-label={w.value.thinking}>
        <div class="scratch">
          <bdi>
            {data.pieces.map((piece, i) => (
              <span key={i} class="token" data-grade={gradeOf(values[i], measure)} title={titleOf(piece, values[i])}>
                {visible(piece)}
              </span>
            ))}
          </bdi>
        </div>
      </div>
      <p class="legend heat-legend">
        {w.value.heatLess[measure]}
        <span class="ramp" aria-hidden="true">{GRADES.map((grade) => <span key={grade} class="token" data-grade={grade} />)}</span>
        {w.value.heatMore[measure]}
        <span class="aside">{w.value.heatFrom(data.checkpoint)}</span>
      </p>
    </>
  );
}

function titleOf(piece: string, value: number | null | undefined): string {
  return typeof value === "number" ? w.value.heatAt(visible(JSON.stringify(piece)), value.toFixed(2)) : "";
}
