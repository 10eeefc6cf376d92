/** What the server answers to a question, asked anew when the question changes. */
import { useEffect, useState } from "preact/hooks";
import { inWords, wasAborted } from "../../api/problem.ts";

export interface Answer<T> {
  value: T | null;
  problem: string | null;
  reading: boolean;
  again: () => void;
}

/** `key` spells the question; while another answer is read the one before stays. */
export function useAnswer<T>(key: string, ask: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const [found, setFound] = useState<{ value: T | null; problem: string | null; of: string }>({ value: null, problem: null, of: "" });
  const [round, setRound] = useState(0);
  const wanted = `${key} ${round}`;
  useEffect(() => {
    const asking = new AbortController();
    ask(asking.signal).then(
      (value) => setFound({ value, problem: null, of: wanted }),
      (error: unknown) => {
        if (!wasAborted(error)) setFound((before) => ({ value: before.value, problem: inWords(error), of: wanted }));
      },
    );
    return () => asking.abort();
  }, [wanted]);
  return { value: found.value, problem: found.problem, reading: found.of !== wanted, again: () => setRound(round + 1) };
}
