/** A button that asks once more before it does what cannot be taken back at once. */
import { useState } from "preact/hooks";

interface Props {
  label: string;
  /** What will be done, on the second button. */
  sure: string;
  question: string;
  act: () => void;
}

export function Ask({ label, sure, question, act }: Props) {
  const [asked, setAsked] = useState(false);
  if (!asked)
    return (
      <button type="button" class="button" onClick={() => setAsked(true)}>
        {label}
      </button>
    );
  return (
    <span class="ask" role="group" aria-label={question}>
      {question}
      <button
        type="button"
        class="button main"
        onClick={() => {
          setAsked(false);
          act();
        }}
      >
        {sure}
      </button>
      <button type="button" class="button" onClick={() => setAsked(false)}>
        No
      </button>
    </span>
  );
}
