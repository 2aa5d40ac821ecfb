import { Sparkles } from "lucide-react";
import { useState, type ReactNode } from "react";

import { ErrorNote } from "@/components/error-note";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";

interface AskDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: string;
  label: string;
  action: string;
  busy: string;
  failed: string;
  /** Whether an empty wish is one, too. */
  optional?: boolean;
  mutation: { isPending: boolean; isError: boolean; error: unknown };
  onAsk: (wish: string) => void;
  /** What came back. */
  children?: ReactNode;
}

/** Asks a model to write something: one wish, and what came of it. */
export function AskDialog({ open, onOpenChange, mutation, optional = false, children, ...said }: AskDialogProps) {
  const [wish, setWish] = useState("");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={said.title} description={said.description} className="max-w-2xl">
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          // React hands events through portals: the form around the dialog must not take this one for its own.
          event.stopPropagation();
          said.onAsk(wish.trim());
        }}
      >
        <Field label={said.label}>
          {(field) => <Textarea {...field} rows={3} maxLength={20_000} value={wish} onChange={(event) => setWish(event.target.value)} />}
        </Field>
        {mutation.isError && <ErrorNote title={said.failed} error={mutation.error} />}
        <div className="flex justify-end">
          <Button type="submit" look={children ? "outline" : "primary"} disabled={mutation.isPending || (!optional && !wish.trim())}>
            <Sparkles /> {mutation.isPending ? said.busy : said.action}
          </Button>
        </div>
      </form>
      {children}
    </Dialog>
  );
}
