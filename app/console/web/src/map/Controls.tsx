/** Nearer, farther, everything, and which layers are drawn. */
import type { Map as MapLibreMap } from "maplibre-gl";
import { capital } from "../format/words.ts";
import { Icon } from "../parts/Icon.tsx";
import { Popover } from "../parts/Popover.tsx";
import { may } from "../state/session.ts";
import { lookAtAll } from "./show-places.ts";
import { LAYER_NAMES, layersOff, toggleLayer } from "./switched.ts";

export function Controls({ map }: { map: MapLibreMap }) {
  return (
    <div class="map-controls" role="group" aria-label="Map view">
      <button type="button" class="button icon" aria-label="Nearer" title="Nearer (+)" onClick={() => map.zoomIn()}>
        +
      </button>
      <button type="button" class="button icon" aria-label="Farther" title="Farther (−)" onClick={() => map.zoomOut()}>
        −
      </button>
      <button type="button" class="button icon" aria-label="The whole city" title="The whole city" onClick={() => lookAtAll(map)}>
        <Icon name="target" />
      </button>
      {may("places:read") && (
        <Popover label={<Icon name="layers" />} name="Layers" class="icon" side="right">
          {() =>
            LAYER_NAMES.map((name) => (
              <label class="choice" key={name}>
                <input type="checkbox" checked={!layersOff.value.includes(name)} onChange={() => toggleLayer(name)} />
                {name === "cameras" ? "Cameras and what they see" : capital(name)}
              </label>
            ))
          }
        </Popover>
      )}
    </div>
  );
}
