/** Something read from the server for as long as a part is shown; read anew when what it depends on changes. */
import { useEffect, useState } from "preact/hooks";
import { inWords } from "../api/problem.ts";

export interface Reading<T> {
  /** What was read last, also while it is read anew. */
  value: T | null;
  problem: string | null;
  again: () => void;
}

export function useReading<T>(read: (signal: AbortSignal) => Promise<T>, dependsOn: readonly unknown[]): Reading<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const reading = new AbortController();
    read(reading.signal).then(
      (answer) => {
        if (reading.signal.aborted) return;
        setValue(answer);
        setProblem(null);
      },
      (error: unknown) => {
        if (!reading.signal.aborted) setProblem(inWords(error));
      },
    );
    return () => reading.abort();
  }, [...dependsOn, round]);
  return { value, problem, again: () => setRound((before) => before + 1) };
}
