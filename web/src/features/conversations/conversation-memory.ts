import { createStore, readSetting, useStore, writeSetting } from "@/app/store";

const MOST_CONVERSATIONS = 50;

interface Kind<T> {
  setting: string;
  /** What a conversation has of which nothing is known. */
  nothing: T;
  isNothing: (value: T) => boolean;
  /** Whether what was read from the browser is one, and not something of an older version. */
  isOne: (value: unknown) => value is T;
}

/** Choices for the messages of one conversation that the server keeps nothing of: they belong to this browser. */
export function conversationMemory<T>({ setting, nothing, isNothing, isOne }: Kind<T>) {
  type Entries = (readonly [id: string, value: T])[];

  function stored(): Map<string, T> {
    try {
      return new Map((JSON.parse(readSetting(setting) ?? "[]") as Entries).filter(([, value]) => isOne(value)));
    } catch {
      return new Map();
    }
  }

  const store = createStore(stored());
  return {
    of: (id: string): T => store.get().get(id) ?? nothing,
    useOf: (id: string): T => useStore(store, (all) => all.get(id) ?? nothing),
    /** Remembers the choice for this conversation; the oldest are forgotten. */
    keep: (id: string, value: T): void => {
      const others = [...store.get()].filter(([other]) => other !== id);
      const entries: Entries = isNothing(value) ? others : [...others, [id, value]];
      const kept = entries.slice(-MOST_CONVERSATIONS);
      store.set(new Map(kept));
      writeSetting(setting, JSON.stringify(kept));
    },
  };
}
