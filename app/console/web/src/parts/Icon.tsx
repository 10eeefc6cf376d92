/** Line drawings for buttons; always beside a label or a name for screen readers. */
const DRAWINGS = {
  search: "M7 12.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11ZM11 11l4 4",
  close: "M3.500 3.500l9 9M12.500 3.500l-9 9",
  sound: "M2 6h2.500L8 3v10L4.500 10H2ZM10.500 5.500a3.500 3.500 0 0 1 0 5M12.500 3.500a6.300 6.300 0 0 1 0 9",
  silent: "M2 6h2.500L8 3v10L4.500 10H2ZM10.500 6l4 4M14.500 6l-4 4",
  filter: "M2 3.500h12M4 8h8M6.500 12.500h3",
  star: "m8 2 1.800 3.800 4.200.5-3.100 2.900.8 4.100L8 11.300l-3.700 2 .8-4.100L2 6.300l4.200-.5Z",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13.500 9.500A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7Z",
  widen: "M4.500 5 1.500 8l3 3M11.500 5l3 3-3 3M2 8h12",
  narrow: "M3.500 5l3 3-3 3M12.500 5l-3 3 3 3M1 8h5M10 8h5",
  down: "m4 6 4 4 4-4",
  right: "m6 4 4 4-4 4",
  back: "m10 3-5 5 5 5",
  help: "M5.500 6a2.500 2.500 0 1 1 3.700 2.200C8.300 8.700 8 9.200 8 10M8 12.600v.1",
  link: "M6.500 9.500a2.800 2.800 0 0 0 4 0l2.500-2.500a2.800 2.800 0 0 0-4-4L8 4M9.500 6.500a2.800 2.800 0 0 0-4 0L3 9a2.800 2.800 0 0 0 4 4l1-1",
  person: "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.500 14a5.500 5.500 0 0 1 11 0",
  layers: "m8 2 6 3-6 3-6-3ZM2 8l6 3 6-3M2 11l6 3 6-3",
  target: "M8 12.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9ZM8 1v4M8 11v4M1 8h4M11 8h4",
  play: "M5 3v10l8-5Z",
  pause: "M5 3v10M11 3v10",
  paper: "M4 1.500h5.500L13 5v9.500H4ZM9 1.500V5.500h4M6.500 8.500h4M6.500 11h4",
} as const;
export type IconName = keyof typeof DRAWINGS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon-drawing" viewBox="0 0 16 16" aria-hidden="true">
      <path d={DRAWINGS[name]} />
    </svg>
  );
}
