import { useEffect } from "react";

import { CHANNEL } from "./renewal";
import { CARD, SignedOutFrame } from "./signed-out-frame";
import { text } from "./text";

/** Where a sign-in beside another page ends: tells that page, and goes away. */
export function SignedInPage() {
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage("signed-in");
    channel.close();
    window.close();
  }, []);
  return (
    <SignedOutFrame title={text.signedInTitle}>
      <p className={CARD}>{text.signedInText}</p>
    </SignedOutFrame>
  );
}
