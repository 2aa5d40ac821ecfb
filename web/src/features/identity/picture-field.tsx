import { useRef, useState } from "react";

import { Face } from "@/components/face";
import { Button } from "@/components/ui/button";

import { squarePicture } from "./picture";
import { text } from "./text";

interface PictureFieldProps {
  name: string;
  picture: string;
  onChange: (picture: string) => void;
}

export function PictureField({ name, picture, onChange }: PictureFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState(false);
  const choose = (file: File | undefined) => {
    if (!file) return;
    setWrong(false);
    squarePicture(file).then(onChange, () => setWrong(true));
  };
  return (
    <div className="flex items-center gap-4">
      <Face name={name} picture={picture} className="size-14 text-lg" />
      <div className="grid gap-1.5">
        <div className="flex flex-wrap gap-2">
          <input
            ref={input}
            type="file"
            accept="image/*"
            aria-label={text.picture}
            className="hidden"
            onChange={(event) => choose(event.target.files?.[0])}
          />
          <Button onClick={() => input.current?.click()}>{text.choosePicture}</Button>
          {picture && (
            <Button look="ghost" onClick={() => onChange("")}>
              {text.removePicture}
            </Button>
          )}
        </div>
        <p role={wrong ? "alert" : undefined} className={wrong ? "text-xs text-bad" : "text-xs text-fg-muted"}>
          {wrong ? text.pictureWrong : text.pictureHint}
        </p>
      </div>
    </div>
  );
}
