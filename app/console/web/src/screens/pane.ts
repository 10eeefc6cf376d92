/** On a phone there is room for one part: the queue or the map. */
import { signal } from "@preact/signals";

export const pane = signal<"queue" | "map">("queue");
