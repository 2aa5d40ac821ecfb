import { useEffect } from "react";

import { useStore } from "@/app/store";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

import { CHANNEL, question } from "./renewal";
import { text } from "./text";

/** Asks to sign in beside the page whose session has ended; what was typed stays, and what was sent goes on. */
export function RenewalDialog() {
  const asked = useStore(question);
  useEffect(() => {
    if (!asked) return;
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = () => asked.answer(true);
    return () => channel.close();
  }, [asked]);
  if (!asked) return null;
  return (
    <Dialog open onOpenChange={() => asked.answer(false)} title={text.renewalTitle} description={text.renewalText}>
      <div className="flex justify-end gap-2">
        <Button onClick={() => asked.answer(false)}>{text.renewalLeave}</Button>
        <Button
          look="primary"
          onClick={() => window.open(asked.url, "codemie-sign-in", "popup,width=520,height=680")}
        >
          {text.renewalContinue(asked.provider)}
        </Button>
      </div>
    </Dialog>
  );
}
