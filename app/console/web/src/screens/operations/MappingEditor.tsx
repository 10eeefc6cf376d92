/** A source's mapping as text; what came before stays as it was stored, what was rejected can be tried again. */
import { useEffect, useState } from "preact/hooks";
import { changeMapping, readMapping } from "../../api/admin.ts";
import { inWords } from "../../api/problem.ts";
import { useReading } from "../../parts/reading.ts";
import { Loading, WentWrong } from "../../parts/States.tsx";
import { toast } from "../../state/announce.ts";

export function MappingEditor({ source }: { source: string }) {
  const { value, problem } = useReading((signal) => readMapping(source, signal), [source]);
  const [text, setText] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  useEffect(() => setText(value?.mapping ?? null), [value]);
  if (problem) return <WentWrong what="The mapping could not be read" problem={problem} />;
  if (text === null || !value) return <Loading what="the mapping" />;
  const store = async (event: Event) => {
    event.preventDefault();
    try {
      await changeMapping(source, text);
      setRefused(null);
      toast(`${source} has a new mapping. Try its rejects again.`);
    } catch (error) {
      setRefused(inWords(error));
    }
  };
  return (
    <form class="mapping" onSubmit={(event) => void store(event)}>
      <label class="field">
        <span>Mapping of {source} (TOML)</span>
        <textarea
          class="input mono"
          rows={18}
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {refused && (
        <p class="key-problem" role="alert">
          {refused}
        </p>
      )}
      <div class="pane-tools">
        <button type="submit" class="button main" disabled={text === value.mapping}>
          Store the mapping
        </button>
        <button type="button" class="button" disabled={text === value.mapping} onClick={() => setText(value.mapping)}>
          As it was
        </button>
      </div>
    </form>
  );
}
