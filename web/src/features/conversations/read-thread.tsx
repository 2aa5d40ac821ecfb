import { AssistantMessage } from "./assistant-message";
import { branchOf } from "./branches";
import { text } from "./text";
import { turnsFrom } from "./turns";
import { UserMessage } from "./user-message";
import type { Conversation } from "./wire";

/** Somebody else's conversation, to read and not to change: the branch in which something was said last. */
export function ReadThread({ conversation, asker }: { conversation: Conversation; asker: string }) {
  const partOf = (id: string | null) => conversation.assistant_data.find((item) => item.assistant_id === id);
  return (
    <ol className="grid grid-cols-[minmax(0,1fr)] gap-7">
      {branchOf(turnsFrom(conversation.history), null).map(({ index, shown }) => (
        <li key={index} className="grid grid-cols-[minmax(0,1fr)] gap-3 [contain-intrinsic-size:auto_300px] [content-visibility:auto]">
          <UserMessage question={{ text: shown.question, files: shown.files }} name={asker} />
          {shown.reply && (
            <AssistantMessage
              name={partOf(shown.reply.assistantId)?.assistant_name ?? text.assistant}
              icon={partOf(shown.reply.assistantId)?.assistant_icon ?? null}
              reply={shown.reply}
              mock={false}
              plainCitations
            />
          )}
        </li>
      ))}
    </ol>
  );
}
