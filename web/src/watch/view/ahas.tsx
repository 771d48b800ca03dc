/** Aha moments: something wrong was noticed and put right; and the false ones, the other way round. */
import { Choice } from "../../shared/choice.tsx";
import type { Aha, AhaKind, Ahas, RunDetail } from "../contract.ts";
import { useAnswer } from "../answer.ts";
import type { Tone } from "../figures.ts";
import { useFamilies } from "../families.ts";
import { isLive } from "../live.ts";
import { place, refine } from "../route.ts";
import { isFrozen, pathOf } from "../source.ts";
import { head, Plain, tail } from "../visible.tsx";
import { familyName, w } from "../words.ts";
import { Chart, type Line } from "./chart.tsx";
import { Waiting } from "./waiting.tsx";

const LOOK_AGAIN = 15_000;
const SOON = 1500;
const KINDS: AhaKind[] = ["slip", "search", "false"];
const TONES: Record<AhaKind, Tone> = { slip: "held", search: "main", false: "failed" };

export function AhasView({ run }: { run: RunDetail }) {
  const family = place.value.query.get("family") ?? "";
  const again = (known: Ahas | null) => {
    if (isFrozen) return null;
    return known?.waiting ? SOON : isLive(run) ? LOOK_AGAIN : null;
  };
  const { data, error } = useAnswer<Ahas>(pathOf(["runs", run.name, "ahas"], { family }), again);
  const families = useFamilies(run);
  const options = [{ value: "", label: w.value.anyFamily }, ...families.map((name) => ({ value: name, label: familyName(name) }))];
  return (
    <>
      <p class="lead">{w.value.ahasMore}</p>
      {families.length > 1 && !isFrozen && <Choice label={w.value.family} options={options} value={family} onChoose={(chosen) => refine({ family: chosen })} />}
      {data ? <Found ahas={data} /> : <Waiting error={error} />}
    </>
  );
}

function Found({ ahas }: { ahas: Ahas }) {
  const words = w.value;
  const kind = KINDS.find((one) => one === place.value.query.get("kind")) ?? null;
  const examples = ahas.examples.filter((aha) => kind === null || aha.kind === kind);
  const options = [{ value: "", label: words.anyKind }, ...KINDS.map((one) => ({ value: one as string, label: words.ahaKinds[one] }))];
  return (
    <>
      {ahas.shares.length > 1 && (
        <div class="aha-shares">
          <Chart title={words.ahaShares} hint="" unit="share" lines={linesOf(ahas)} smoothed log={false} />
          <ul class="common">{KINDS.map((one) => <li key={one}><strong>{commonSentence(one, ahas)}</strong><span class="hint">{words.ahaKindsMore[one]}</span></li>)}</ul>
        </div>
      )}
      {ahas.waiting ? <p class="hint" role="status">{words.waiting(ahas.waiting)}</p> : null}
      {ahas.unread > 0 && <p class="hint">{words.unread(ahas.unread)}</p>}
      <div class="tools">
        <Choice label={words.views.ahas} options={options} value={kind ?? ""} onChoose={(chosen) => refine({ kind: chosen })} />
      </div>
      {ahas.waiting && !examples.length ? null : <AhaList examples={examples} />}
    </>
  );
}

function linesOf(ahas: Ahas): Line[] {
  return KINDS.map((kind) => ({
    key: kind,
    name: w.value.ahaKinds[kind],
    tone: TONES[kind],
    points: ahas.shares.flatMap((share) => (share[kind] === null ? [] : [{ step: share.step, value: share[kind] }])),
    other: false,
  }));
}

function commonSentence(kind: AhaKind, ahas: Ahas): string {
  const from = ahas.common_from[kind] ?? null;
  return from === null ? w.value.neverCommon(w.value.ahaKinds[kind]) : w.value.commonFrom(w.value.ahaKinds[kind], from);
}

export function AhaList({ examples }: { examples: Aha[] }) {
  if (!examples.length) return <p class="hint">{w.value.noAhas}</p>;
  return <ol class="ahas">{examples.map((aha, i) => <AhaCard key={`${aha.step} ${i}`} aha={aha} />)}</ol>;
}

function AhaCard({ aha }: { aha: Aha }) {
  const words = w.value;
  return (
    <li class="aha" data-kind={aha.kind}>
      <p class="aha-head">
        <span class="tag">{words.ahaKinds[aha.kind] ?? aha.kind}</span>
        <span class="aside">
          {words.stepN(aha.step)} · {familyName(aha.family)}
        </span>
      </p>
      <p class="aha-prompt">
        <Plain text={head(aha.prompt, 240)} />
      </p>
      <div class="paper">
        <div class="sheet" tabIndex={0} role="region" aria-label={words.thinking}>
          <div class="scratch">
            <bdi>
              <span class="aha-before">
                <Plain text={tail(aha.before, 160)} />
              </span>
              <mark class="aha-during">
                <Plain text={aha.during} />
              </mark>
            </bdi>
          </div>
        </div>
      </div>
      <p class="aha-turn">
        <span class="unseen">{words.dropped}</span>
        <del>
          <Plain text={aha.dropped} />
        </del>
        <span aria-hidden="true">→</span>
        <span class="unseen">{words.keptValue}</span>
        <ins>
          <Plain text={aha.kept} />
        </ins>
      </p>
    </li>
  );
}
