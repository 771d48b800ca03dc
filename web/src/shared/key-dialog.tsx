import { useEffect, useRef } from "preact/hooks";
import { asking, wasWrong } from "./key.ts";
import { t } from "./settings.ts";

/** Asks for the server's key when a call was refused without one. */
export function KeyDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const answer = asking.value;
  useEffect(() => {
    if (answer) dialog.current?.showModal();
    else dialog.current?.close();
  }, [answer]);
  if (!answer) return null;
  const submit = (event: Event) => {
    event.preventDefault();
    const key = field.current?.value.trim();
    if (key) answer(key);
  };
  return (
    <dialog ref={dialog} aria-labelledby="key-title" onCancel={() => answer(null)}>
      <form onSubmit={submit}>
        <h2 id="key-title">{t.value.keyTitle}</h2>
        {wasWrong.value ? (
          <p class="notice failed" role="alert">
            {t.value.keyWrong}
          </p>
        ) : (
          <p class="hint">{t.value.keyMore}</p>
        )}
        <input ref={field} type="password" autocomplete="off" aria-label={t.value.key} placeholder={t.value.key} />
        <div class="editor-row">
          <button type="button" class="pill" onClick={() => answer(null)}>
            {t.value.cancel}
          </button>
          <button type="submit" class="solid">
            {t.value.unlock}
          </button>
        </div>
      </form>
    </dialog>
  );
}
