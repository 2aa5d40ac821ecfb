import { ThumbsDown, ThumbsUp } from "lucide-react";
import { useId, useState, type ReactNode } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Textarea } from "@/components/ui/input";

import { useFeedback } from "./feedback-queries";
import { text } from "./text";
import type { Reply } from "./turns";

type Opinion = "correct" | "wrong";

export interface FeedbackState {
  give: (opinion: Opinion) => void;
  opinion: string | null;
  form: ReactNode;
}

function CommentForm({ before, busy, onSend, onClose }: { before: string; busy: boolean; onSend: (comments: string) => void; onClose: () => void }) {
  const id = useId();
  const [comments, setComments] = useState(before);
  return (
    <form
      className="mt-2 grid max-w-lg gap-2 rounded-lg border border-line bg-subtle p-3"
      onSubmit={(event) => {
        event.preventDefault();
        onSend(comments.trim());
      }}
    >
      <label htmlFor={id} className="text-[13px] font-medium">
        {text.commentLabel}
      </label>
      <Textarea
        id={id}
        autoFocus
        maxLength={20_000}
        className="field-sizing-content min-h-14"
        value={comments}
        onChange={(event) => setComments(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onClose();
        }}
      />
      <div className="flex justify-end gap-2">
        <Button size="sm" onClick={onClose}>
          {text.commentSkip}
        </Button>
        <Button size="sm" look="primary" type="submit" disabled={busy || comments.trim() === before}>
          {text.commentSend}
        </Button>
      </div>
    </form>
  );
}

/** Thumbs under an answer and the comment that may follow them. */
export function useFeedbackControls(conversationId: string, question: string, reply: Reply): FeedbackState {
  const [open, setOpen] = useState(false);
  const [thanked, setThanked] = useState(false);
  const feedback = useFeedback({ conversationId, question, reply });
  const opinion = reply.mark?.mark ?? null;
  const give = (wanted: Opinion) => {
    const same = opinion === wanted;
    setOpen(!same);
    setThanked(false);
    feedback.mutate(same ? null : { mark: wanted, comments: reply.mark?.comments ?? "" });
  };
  const comment = (comments: string) =>
    feedback.mutate(
      { mark: reply.mark?.mark ?? "wrong", comments },
      {
        onSuccess: () => {
          setOpen(false);
          setThanked(true);
        },
      },
    );
  const form = (
    <>
      {feedback.isError && (
        <div className="mt-2">
          <ErrorNote title={text.feedbackFailed} error={feedback.error} />
        </div>
      )}
      {open && !feedback.isError && (
        <CommentForm before={reply.mark?.comments ?? ""} busy={feedback.isPending} onSend={comment} onClose={() => setOpen(false)} />
      )}
      <p role="status" className="text-xs text-fg-muted empty:hidden">
        {thanked ? text.thanks : ""}
      </p>
    </>
  );
  return { give, opinion, form };
}

const pressed = "bg-muted text-fg";

export function Thumbs({ give, opinion }: FeedbackState) {
  return (
    <>
      <IconButton label={text.good} aria-pressed={opinion === "correct"} className={opinion === "correct" ? pressed : ""} onClick={() => give("correct")}>
        <ThumbsUp className={opinion === "correct" ? "fill-current" : ""} />
      </IconButton>
      <IconButton label={text.bad} aria-pressed={opinion === "wrong"} className={opinion === "wrong" ? pressed : ""} onClick={() => give("wrong")}>
        <ThumbsDown className={opinion === "wrong" ? "fill-current" : ""} />
      </IconButton>
    </>
  );
}
