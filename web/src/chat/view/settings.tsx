import { useRef, useState } from "preact/hooks";
import { Choice } from "../../shared/choice.tsx";
import { useLeave } from "../../shared/hooks.ts";
import { Icon } from "../../shared/icons.tsx";
import { LanguageButton, ThemeChoice } from "../../shared/preferences.tsx";
import { choose, settings, t } from "../../shared/settings.ts";
import { deleteAllChats, history } from "../chats.ts";
import { replacePlace } from "../route.ts";

export function SettingsMenu() {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useLeave(box, open, () => setOpen(false));
  return (
    <div class="settings popover-place" ref={box}>
      <button type="button" class="nav" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="settings" />
        {t.value.settings}
      </button>
      <LanguageButton />
      {open && (
        <div class="popover">
          <Choices />
        </div>
      )}
    </div>
  );
}

function Choices() {
  const texts = t.value;
  const { block } = settings.value;
  return (
    <div class="choices">
      <ThemeChoice />
      <Choice
        label={texts.block}
        labelShown
        options={[
          { value: "auto" as const, label: texts.blockAuto },
          { value: "open" as const, label: texts.blockOpen },
          { value: "closed" as const, label: texts.blockClosed },
        ]}
        value={block}
        onChoose={(value) => choose({ block: value })}
      />
      {history.value.length > 0 && <DeleteAll />}
    </div>
  );
}

/** Asks for a second press: what is kept nowhere else is not lost by a slip. */
function DeleteAll() {
  const [sure, setSure] = useState(false);
  const press = () => {
    if (!sure) return setSure(true);
    deleteAllChats();
    replacePlace("#/");
  };
  return (
    <button type="button" class="pill danger" onClick={press}>
      {sure ? t.value.reallyDelete : t.value.deleteAll}
    </button>
  );
}
