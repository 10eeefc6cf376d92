/** How wide the drawer is, in rem, remembered. */
import { effect } from "@preact/signals";
import { isNumber, kept } from "../../state/kept.ts";

export const NARROW_REM = 33;
export const WIDE_REM = 58;
const LEAST_REM = 25;
const MOST_REM = 90;

export const drawerWidth = kept("drawer-rem", NARROW_REM, isNumber);

export function setWidth(rem: number): void {
  drawerWidth.value = Math.min(MOST_REM, Math.max(LEAST_REM, rem));
}

effect(() => {
  document.documentElement.style.setProperty("--drawer", `min(${drawerWidth.value}rem, 62vw)`);
});
