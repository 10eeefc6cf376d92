/** A drawing by Observable Plot that fills its place and follows its size and the theme. */
import * as Plot from "@observablehq/plot";
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Verdict } from "../api/types.ts";
import { VERDICTS } from "../state/filters.ts";
import { dark } from "../state/theme.ts";
import { rootScale } from "./root-scale.ts";
import "./chart.css";

export interface Colours {
  ink: string;
  quiet: string;
  line: string;
  panel: string;
  sunken: string;
  accent: string;
  reported: string;
  unreported: string;
  pending: string;
  verdicts: Record<Verdict, string>;
}

interface Props {
  host: RefObject<HTMLDivElement | null>;
  /** What the drawing shows, for those who do not see it. */
  label: string;
  draw: (width: number, colours: Colours) => Plot.PlotOptions;
}

export function Chart({ host, label, draw }: Props) {
  const width = useWidth(host);
  const isDark = dark.value;
  useEffect(() => {
    if (!host.current || width === 0) return;
    const scale = rootScale();
    const drawn = Math.floor(width / scale);
    const drawing = Plot.plot({ width: drawn, ...draw(drawn, readColours()) });
    if (scale !== 1) for (const svg of drawing instanceof SVGSVGElement ? [drawing] : drawing.querySelectorAll("svg")) enlarge(svg, scale);
    // Plot brings a style element, which our content security policy forbids; chart.css has what is needed of it.
    for (const element of drawing.querySelectorAll("style")) element.remove();
    // The drawing is one image with one name; names of its parts would be read as if they were more.
    for (const part of drawing.querySelectorAll("g[aria-label]")) {
      part.setAttribute("data-mark", part.getAttribute("aria-label") ?? "");
      part.removeAttribute("aria-label");
    }
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", label);
    host.current.replaceChildren(drawing);
  }, [draw, label, width, isDark]);
  return <div class="chart" ref={host} />;
}

/** Letters and lines with it; its own unit stays what it was drawn in. */
function enlarge(svg: SVGSVGElement, scale: number): void {
  for (const side of ["width", "height"]) svg.setAttribute(side, String(Math.floor(Number(svg.getAttribute(side)) * scale)));
}

function useWidth(host: RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!host.current) return undefined;
    const watching = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    watching.observe(host.current);
    return () => watching.disconnect();
  }, []);
  return width;
}

function readColours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of("ink"),
    quiet: of("ink-2"),
    line: of("line"),
    panel: of("panel"),
    sunken: of("sunken"),
    accent: of("accent"),
    reported: of("reported"),
    unreported: of("unreported"),
    pending: of("pending"),
    verdicts: Object.fromEntries(VERDICTS.map((verdict) => [verdict, of(verdict)])) as Record<Verdict, string>,
  };
}
