/** The vocabulary in words for people. */
import type { Classification, Disposition, FollowUpKind, FollowUpState, Verdict } from "../api/types.ts";

export const VERDICT_WORDS: Record<Verdict, string> = {
  unreported: "Unreported",
  reported: "Reported",
  pending: "Pending",
  indeterminate: "Indeterminate",
  withdrawn: "Withdrawn",
};

export const VERDICT_SENTENCES: Record<Verdict, string> = {
  unreported: "Nobody reported this.",
  reported: "Somebody reported this.",
  pending: "Whether somebody reports this is still open.",
  indeterminate: "Whether somebody reported this cannot be told.",
  withdrawn: "No alert stands behind this any more.",
};

export const CLASSIFICATION_WORDS: Record<Classification, string> = {
  single_gunshot: "Single gunshot",
  multiple_gunshots: "Multiple gunshots",
  probable_gunfire: "Probable gunfire",
  unclassified: "Unclassified",
  fireworks: "Fireworks",
  not_gunfire: "Not gunfire",
  test: "Test",
};

export const DISPOSITION_WORDS: Record<Disposition | "none", string> = {
  none: "Not decided",
  confirmed: "Confirmed",
  unconfirmed: "Unconfirmed",
  unfounded: "Unfounded",
};

export const FOLLOW_UP_WORDS: Record<FollowUpKind, string> = {
  outreach: "Outreach",
  canvass: "Canvass",
  camera_pull: "Camera pull",
  evidence_search: "Evidence search",
};

export const STATE_WORDS: Record<FollowUpState, string> = {
  suggested: "Suggested",
  open: "Open",
  done: "Done",
  dismissed: "Dismissed",
};

/** `shots_fired` → `shots fired`: words of the vocabulary that have no better name. */
export const plain = (word: string) => word.replaceAll("_", " ");
export const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
