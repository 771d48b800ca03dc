/** The bar at the side, which slides in on narrow screens, and the button that opens it. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Icon, Logo } from "./icons.tsx";
import { t } from "./settings.ts";

const open = signal(false); // matters on narrow screens only

export const closeMenu = () => (open.value = false);

export function MenuButton() {
  return (
    <button
      type="button"
      class="quiet menu-button"
      aria-expanded={open.value}
      aria-label={t.value.openMenu}
      onClick={() => (open.value = true)}
    >
      <Icon name="menu" />
    </button>
  );
}

export function SideMenu({ children }: { children: ComponentChildren }) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && closeMenu();
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <div class="shade" data-open={open.value} onClick={closeMenu} />
      <nav class="sidebar" data-open={open.value} aria-label="Scratchwork">
        <div class="brand">
          <a href="#/" onClick={closeMenu}>
            <Logo />
            <span>Scratchwork</span>
          </a>
          <button type="button" class="quiet menu-close" aria-label={t.value.closeMenu} onClick={closeMenu}>
            <Icon name="close" />
          </button>
        </div>
        {children}
      </nav>
    </>
  );
}
