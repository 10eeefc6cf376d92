/** A sentence of the server's, with its times in the agency's zone. */
import { Time } from "./Time.tsx";

const MOMENT = /(\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)/;

export function Prose({ text }: { text: string }) {
  // Every second part is a time, for the expression catches it.
  return <>{text.split(MOMENT).map((part, index) => (index % 2 ? <Time key={index} at={part.replace(" ", "T")} /> : part))}</>;
}
