/** The drawer's left edge: dragged, or moved by the arrow keys. */
import { drawerWidth, setWidth } from "./width.ts";

const STEP_REM = 2;
const rem = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

export function Edge() {
  const drag = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) setWidth((innerWidth - event.clientX) / rem());
  };
  const keys = (event: KeyboardEvent) => {
    const step = event.key === "ArrowLeft" ? STEP_REM : event.key === "ArrowRight" ? -STEP_REM : 0;
    if (!step) return;
    event.preventDefault();
    setWidth(drawerWidth.value + step);
  };
  return (
    <div
      class="drawer-edge"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the drawer"
      aria-valuenow={Math.round(drawerWidth.value)}
      aria-valuemin={25}
      aria-valuemax={90}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={keys}
    />
  );
}
