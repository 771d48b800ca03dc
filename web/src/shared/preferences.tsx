/** How the page looks and speaks, as far as the reader chooses. */
import { Choice } from "./choice.tsx";
import { choose, language, settings, t } from "./settings.ts";

/** Named in the language that it leads to, so that whoever needs it can read it. */
export function LanguageButton() {
  const other = language.value === "zh" ? "en" : "zh";
  return (
    <button type="button" class="quiet" lang={other} onClick={() => choose({ language: other })}>
      {other === "zh" ? "中文" : "English"}
    </button>
  );
}

export function ThemeChoice({ labelShown = true }: { labelShown?: boolean }) {
  const texts = t.value;
  return (
    <Choice
      label={texts.theme}
      labelShown={labelShown}
      options={[
        { value: "", label: texts.system },
        { value: "light", label: texts.light },
        { value: "dark", label: texts.dark },
      ]}
      value={settings.value.theme ?? ""}
      onChoose={(value) => choose({ theme: value === "light" || value === "dark" ? value : null })}
    />
  );
}
