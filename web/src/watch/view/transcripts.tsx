/** The same held-out questions to the model before and after, side by side. */
import { useAnswer } from "../answer.ts";
import type { Transcript } from "../contract.ts";
import { mayHave, pathOf } from "../source.ts";
import { head, Plain } from "../visible.tsx";
import { familyName, w } from "../words.ts";
import { Response } from "./beside.tsx";

export function Transcripts({ run }: { run: string }) {
  const path = pathOf(["runs", run, "transcripts"]);
  const { data } = useAnswer<{ transcripts: Transcript[] }>(mayHave(path) ? path : null);
  if (!data?.transcripts.length) return null;
  return (
    <section class="transcripts">
      <h2>{w.value.transcripts}</h2>
      {data.transcripts.map((one, i) => <Pair key={one.problem.problem_id} pair={one} open={i === 0} />)}
    </section>
  );
}

function Pair({ pair: { problem, base, final }, open }: { pair: Transcript; open: boolean }) {
  const labels = w.value.labels;
  return (
    <details open={open}>
      <summary>
        <span class="aside">{familyName(problem.family)}</span> <Plain text={head(problem.prompt, 240)} />
      </summary>
      <div class="beside">
        <section aria-label={labels.base}>
          <h3>{labels.base}</h3>
          {base ? <Response rollout={base} /> : <p class="hint">{w.value.nothing}</p>}
        </section>
        <section aria-label={labels.final}>
          <h3>{labels.final}</h3>
          {final ? <Response rollout={final} /> : <p class="hint">{w.value.nothing}</p>}
        </section>
      </div>
    </details>
  );
}
